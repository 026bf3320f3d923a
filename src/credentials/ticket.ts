import type { Ports } from '../ports.ts'
import type { Trx } from '../store/schema.ts'
import { countTry, findTicketHolder, insertTicket, spendTicket } from './records.ts'
import { accountState, hashSecret, newSecret } from './secret.ts'

const lifetime_ms = 5 * 60_000
const maxTries = 5

/** Who may finish a login with a ticket. */
export type TicketHolder = NonNullable<Awaited<ReturnType<typeof findTicketHolder>>>

/**
 * Makes a ticket for an account whose password was right. The ticket proves that for five minutes and five tries, on every
 * node, and dies when the password changes or all tokens of the account are ended.
 */
export async function openTicket(
  { store, clock }: Ports,
  user: { id: string; password_hash: string; generation: number },
): Promise<string> {
  const ticket = newSecret()
  const row = { ticket_hash: hashSecret(ticket), user_id: user.id, state: accountState(user) }
  await insertTicket(store, { ...row, expires_at: clock() + lifetime_ms })
  return ticket
}

/** @returns undefined if the ticket is unknown, used, expired, or void because the account has changed */
export function findHolder(
  { store, clock }: Ports,
  ticket: string,
  network: string,
): Promise<TicketHolder | undefined> {
  return findTicketHolder(store, hashSecret(ticket), network, clock())
}

/** Counts one try before it is checked, so that simultaneous tries count too. @returns false if all tries were used */
export function beginTry({ store }: Ports, ticket: string): Promise<boolean> {
  return countTry(store, hashSecret(ticket), maxTries)
}

/** Uses the ticket up. @returns false if another login has used it */
export function takeTicket(trx: Trx, ticket: string): Promise<boolean> {
  return spendTicket(trx, hashSecret(ticket))
}
