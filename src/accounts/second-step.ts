import { checkRecoveryCode, checkTotp, type Proof } from '../credentials/code.ts'
import { beginTry, findHolder, takeTicket } from '../credentials/ticket.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Client } from '../tokens/client.ts'
import type { Issued } from '../tokens/issue.ts'
import { checkGuess } from './guess.ts'
import { issueLogin, type LoginAccount } from './issue-login.ts'

/** Checks the second factor of a user. @returns undefined if it is wrong or was used */
type Check = (userId: string) => Promise<Proof | undefined>

/** @throws as `finishLogin` */
export function finishWithTotp(ports: Ports, given: { ticket: string; code: string }, client: Client): Promise<Issued> {
  return finishLogin(ports, given.ticket, client, (userId) => checkTotp(ports, userId, given.code))
}

/** @throws as `finishLogin` */
export function finishWithRecoveryCode(
  ports: Ports,
  given: { ticket: string; code: string },
  client: Client,
): Promise<Issued> {
  return finishLogin(ports, given.ticket, client, (userId) => checkRecoveryCode(ports, userId, given.code))
}

/**
 * Issues the token of a login whose password was checked in the first step.
 * @throws Refusal ticket_invalid, factor_mismatch, too_many_failures, too_many_logins, too_many_from_address,
 *   logins_unavailable, revocation_unconfirmed
 */
async function finishLogin(ports: Ports, ticket: string, client: Client, check: Check): Promise<Issued> {
  const holder = await findHolder(ports, ticket, client.network)
  const account = holder === undefined ? { name: JSON.stringify({ ticket }) } : { id: holder.id }
  const guess = { account, known: holder !== undefined && holder.known !== null, client }
  const { user, proof } = await checkGuess(ports, guess, async () => {
    if (holder === undefined || !(await beginTry(ports, ticket))) return 'ticket_invalid'
    const proof = await check(holder.id)
    return proof === undefined ? 'factor_mismatch' : { user: holder, proof }
  })
  const again = async () => asAccount(await findHolder(ports, ticket, client.network))
  return issueLogin(ports, asAccount(user), client, {
    again,
    by: proof.by,
    async spend(trx) {
      // The loser of two simultaneous logins with one ticket or one code.
      if (!(await takeTicket(trx, ticket))) throw new Refusal('ticket_invalid')
      if (!(await proof.spend(trx))) throw new Refusal('factor_mismatch')
    },
  })
}

/** The first step has stored the hash of the password by today's parameters. @throws Refusal ticket_invalid */
function asAccount(holder: Omit<LoginAccount, 'renewed_hash'> | undefined): LoginAccount {
  if (holder === undefined) throw new Refusal('ticket_invalid')
  return { ...holder, renewed_hash: holder.password_hash }
}
