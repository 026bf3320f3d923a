import { checkRecoveryCode, checkTotp, type Proof } from '../credentials/code.ts'
import { beginTry, findHolder, type TicketHolder, takeTicket } from '../credentials/ticket.ts'
import type { Ports } from '../ports.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import type { Client } from '../tokens/client.ts'
import type { Issued } from '../tokens/issue.ts'
import { checkGuess, type Guess } from './guess.ts'
import { issueLogin, type LoginAccount } from './issue-login.ts'

/** What a person enters in the second step. */
interface Entered {
  ticket: string
  code: string
}

/** @throws as `finishLogin` */
export function finishWithTotp(ports: Ports, { ticket, code }: Entered, client: Client): Promise<Issued> {
  return finishLogin(ports, ticket, client, async (id) => (await checkTotp(ports, id, code)) ?? 'factor_mismatch')
}

/** @throws as `finishLogin` */
export function finishWithRecoveryCode(ports: Ports, { ticket, code }: Entered, client: Client): Promise<Issued> {
  const check = async (id: string) => (await checkRecoveryCode(ports, id, code)) ?? 'factor_mismatch'
  return finishLogin(ports, ticket, client, check)
}

/**
 * Issues the token of a login whose password was checked in the first step.
 * @param check checks the second factor of a user. Returns the code of the refusal if it is wrong or was used
 * @throws Refusal ticket_invalid, what `check` returns, too_many_failures, too_many_logins, too_many_from_address,
 *   logins_unavailable, revocation_unconfirmed
 */
export async function finishLogin(
  ports: Ports,
  ticket: string,
  client: Client,
  check: (userId: string) => Promise<Proof | RefusalCode>,
): Promise<Issued> {
  const { holder, guess } = await findTicket(ports, ticket, client)
  const { user, proof } = await checkGuess(ports, guess, async () => {
    if (holder === undefined || !(await beginTry(ports, ticket))) return 'ticket_invalid'
    const proof = await check(holder.id)
    return typeof proof === 'string' ? proof : { user: holder, proof }
  })
  return issueLogin(ports, asAccount(user), client, {
    again: async () => asAccount((await findTicket(ports, ticket, client)).holder),
    by: proof.by,
    async spend(trx) {
      // The loser of two simultaneous logins with one ticket or one code.
      if (!(await takeTicket(trx, ticket))) throw new Refusal('ticket_invalid')
      if (!(await proof.spend(trx))) throw new Refusal(proof.by === 'passkey' ? 'passkey_mismatch' : 'factor_mismatch')
    },
  })
}

/** Finds who may use the ticket. A wrong ticket counts as a failed login. @throws Refusal ticket_invalid */
export async function requireHolder(ports: Ports, ticket: string, client: Client): Promise<TicketHolder> {
  const { holder, guess } = await findTicket(ports, ticket, client)
  return checkGuess(ports, guess, async () => holder ?? 'ticket_invalid')
}

async function findTicket(ports: Ports, ticket: string, client: Client) {
  const holder = await findHolder(ports, ticket, client.network)
  const account = holder === undefined ? { name: JSON.stringify({ ticket }) } : { id: holder.id }
  const guess: Guess = { account, known: holder !== undefined && holder.known !== null, client }
  return { holder, guess }
}

/** The first step has stored the hash of the password by today's parameters. @throws Refusal ticket_invalid */
function asAccount(holder: TicketHolder | undefined): LoginAccount {
  if (holder === undefined) throw new Refusal('ticket_invalid')
  return { ...holder, renewed_hash: holder.password_hash }
}
