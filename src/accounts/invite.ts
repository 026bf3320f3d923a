import { randomBytes } from 'node:crypto'
import { appendFact } from '../audit/append.ts'
import { isMailOn, queueMail } from '../mail/queue.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import { isUuid } from '../tokens/claims.ts'
import { createLink } from './links.ts'
import { findUser, type UserRow } from './records.ts'
import { insertInvited } from './register.ts'

/** How a link reaches the owner of an account: by a message, or by the administrator who asked for the link. */
export interface Handed {
  /** Undefined: a message is on its way. */
  link?: string
}

/**
 * Creates an account whose password its owner sets with a link, which also verifies the address. Where this service sends no mail,
 * the answer has the link.
 * @returns also the id of the account
 * @throws Refusal email_taken, username_taken, mail_busy, hashing_busy
 */
export async function inviteUser(
  ports: Ports,
  input: { email: string; username?: string | undefined },
  admin: boolean,
): Promise<Handed & { id: string }> {
  // No person knows this password. The link replaces the password.
  const password = randomBytes(32).toString('base64url')
  return insertInvited(ports, { ...input, password }, admin, async (trx, id) => {
    const handed = await handLink(trx, ports, id, 'invitation')
    await appendFact(trx, ports, { action: 'account.invited', subject: id, details: { admin } })
    return { ...handed, id }
  })
}

/** Lets the owner of an account set a new password. @throws Refusal user_not_found, mail_busy */
export async function offerReset(ports: Ports, userId: string): Promise<Handed> {
  if (!isUuid(userId)) throw new Refusal('user_not_found')
  return ports.store.transaction().execute(async (trx) => {
    const handed = await handLink(trx, ports, userId, 'password-reset')
    await appendFact(trx, ports, { action: 'password.reset-offered', subject: userId })
    return handed
  })
}

async function handLink(trx: Trx, ports: Ports, id: string, kind: 'invitation' | 'password-reset'): Promise<Handed> {
  const user: UserRow | undefined = await findUser(trx, { id })
  if (user === undefined) throw new Refusal('user_not_found')
  if (!isMailOn(ports.settings)) {
    return { link: (await createLink(trx, ports, user, kind === 'invitation' ? kind : 'reset')).link }
  }
  if (!(await queueMail(trx, ports, { kind, recipient: user.email, user_id: id }))) throw new Refusal('mail_busy')
  return {}
}
