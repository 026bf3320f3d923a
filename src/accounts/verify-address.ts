import { appendFact } from '../audit/append.ts'
import { changedAccount } from '../credentials/change-factors.ts'
import { queueMail } from '../mail/queue.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Claims } from '../tokens/claims.ts'
import type { Client } from '../tokens/client.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { type Freshness, requireFresh } from './fresh.ts'
import { badLink, type Opened, openLink, useLink } from './links.ts'
import { normalizeEmail } from './names.ts'
import { notifyOwner } from './notices.ts'
import { adoptPendingEmail, findUser, lockUser, type UserRow, updateUser } from './records.ts'
import { requireMail } from './reset-password.ts'

/**
 * Changes an account in a transaction, and makes every node forget the account's profile. When the promise resolves, no node shows
 * the profile from before.
 * @param change locks the account, changes it, and returns it. Undefined: nothing has changed
 * @throws Refusal revocation_unconfirmed
 */
export async function changeProfile(ports: Ports, change: (trx: Trx) => Promise<UserRow | undefined>): Promise<void> {
  const { revocation } = ports
  await revocation.revoke(async (trx) => {
    const user = await change(trx)
    return { entries: user === undefined ? [] : [changedAccount(ports, user)] }
  })
}

/**
 * Queues a message with a link to the new address. The address of the account changes when the link is used. An address that is
 * taken gets the same answer.
 * @throws Refusal mail_off, mail_busy, too_many_messages; credentials_mismatch if the password is wrong, which counts as a failed
 *   login; as `logIn` otherwise
 */
export async function changeEmail(
  ports: Ports,
  claims: Claims,
  { email, ...given }: Freshness & { email: string },
  client: Client,
): Promise<void> {
  requireMail(ports)
  const { id, hold } = await requireFresh(ports, claims, given, client)
  const pending_email = normalizeEmail(email)
  const message = { kind: 'change-address', recipient: pending_email, user_id: id } as const
  await ports.throttle.mail(message, client.network).catch(noteLimit(ports, client, id))
  await changeProfile(ports, async (trx) => {
    await hold(trx)
    const user = await lockUser(trx, id)
    if (user === undefined) throw new Refusal('credentials_mismatch')
    if (user.email === pending_email) {
      await updateUser(trx, id, { pending_email: null })
      return user
    }
    await updateUser(trx, id, { pending_email })
    await queueOrRefuse(trx, ports, message)
    return user
  })
  ports.log.info({ user: id, address: client.ip }, 'a change of the address was asked for')
}

/**
 * Sends the link again: to the address that the account will have, or to the address that is not verified yet.
 * @throws Refusal mail_off, mail_busy, too_many_messages, not_a_user, token_revoked
 */
export async function sendVerification(ports: Ports, { sub, client_id }: Claims, client: Client): Promise<void> {
  if (client_id === sub) throw new Refusal('not_a_user')
  requireMail(ports)
  const user = await findUser(ports.store, { id: sub })
  if (user === undefined) throw new Refusal('token_revoked')
  const { pending_email, email } = user
  const kind = pending_email === null ? 'verify-address' : 'change-address'
  const message = { kind, recipient: pending_email ?? email, user_id: sub } as const
  await ports.throttle.mail(message, client.network).catch(noteLimit(ports, client, sub))
  if (kind === 'verify-address' && user.email_verified_at !== null) return
  await ports.store.transaction().execute((trx) => queueOrRefuse(trx, ports, message))
}

async function queueOrRefuse(trx: Trx, ports: Ports, message: Parameters<typeof queueMail>[2]): Promise<void> {
  if (!(await queueMail(trx, ports, message))) throw new Refusal('mail_busy')
}

/**
 * Verifies the address that a link was sent to. If this is the new address of the account, the old address is told.
 * @throws Refusal input_invalid if the secret is wrong, or the new address was taken since; too_many_failures,
 *   revocation_unconfirmed
 */
export async function verifyAddress(ports: Ports, token: string, client: Client): Promise<void> {
  const opened = await openLink(ports, token, ['verification', 'change'], client)
  const { purpose } = opened.link
  await changeProfile(ports, (trx) => adopt(trx, ports, opened, client)).catch(async (error) => {
    // Another account got the address at the same moment, and the database refused the second.
    const email = opened.user.pending_email
    if (purpose === 'change' && email !== null && (await findUser(ports.store, { email }))) throw badLink()
    throw error
  })
  ports.log.info({ user: opened.user.id, purpose, address: client.ip }, 'an address was verified')
}

async function adopt(trx: Trx, ports: Ports, opened: Opened, client: Client): Promise<UserRow> {
  const now = ports.clock()
  const user = await useLink(trx, opened)
  if (opened.link.purpose === 'verification') {
    await updateUser(trx, user.id, { email_verified_at: now })
    await appendFact(trx, ports, { action: 'address.verified', actor: user.id, subject: user.id })
    return user
  }
  if (!(await adoptPendingEmail(trx, user, now))) throw badLink()
  await appendFact(trx, ports, { action: 'address.changed', actor: user.id, subject: user.id })
  const more = { other_email: user.pending_email as string }
  await notifyOwner(trx, ports, { kind: 'address-changed', to: user, client, more })
  return user
}
