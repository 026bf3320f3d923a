import { refuseWeakPassword } from '../credentials/blocklist.ts'
import { isMailOn, queueMail } from '../mail/queue.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Receipt } from '../revocation/revocation.ts'
import type { Client } from '../tokens/client.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { changeAndRevoke } from './change-account.ts'
import { openLink, useLink } from './links.ts'
import { normalizeEmail } from './names.ts'
import { passwordChanged } from './notices.ts'

/**
 * Queues a message with a link for the account that has the address. Whether there is one is found out when the message is sent,
 * so this does the same work for every address.
 * @throws Refusal mail_off, mail_busy, too_many_messages
 */
export async function forgetPassword(ports: Ports, address: string, client: Client): Promise<void> {
  requireMail(ports)
  const message = { kind: 'password-reset', recipient: normalizeEmail(address) } as const
  await ports.throttle.mail(message, client.network).catch(noteLimit(ports, client))
  await ports.store.transaction().execute(async (trx) => {
    if (!(await queueMail(trx, ports, message))) throw new Refusal('mail_busy')
  })
  ports.log.info({ address: client.ip }, 'a link for a new password was asked for')
}

/** @throws Refusal mail_off */
export function requireMail({ settings }: Pick<Ports, 'settings'>): void {
  if (!isMailOn(settings)) throw new Refusal('mail_off')
}

/**
 * Sets a new password with the secret of a link, and ends every token of the account. The link was sent to the address of the
 * account, so the address counts as verified.
 * @throws Refusal input_invalid if the secret is wrong, or the password is weak; the link is not used up then; too_many_failures,
 *   hashing_busy, revocation_unconfirmed
 */
export async function resetPassword(
  ports: Ports,
  { token, password }: { token: string; password: string },
  client: Client,
): Promise<Receipt> {
  const opened = await openLink(ports, token, ['reset', 'invitation'], client)
  const { user } = opened
  await refuseWeakPassword(ports.settings, { password }, user)
  const password_hash = await ports.hasher.hash(password, client.network)
  const email_verified_at = user.email_verified_at ?? ports.clock()
  return changeAndRevoke(
    ports,
    user.id,
    { password_hash, email_verified_at },
    ['password.reset', 'password reset'],
    async (trx) => {
      await useLink(trx, opened)
      await passwordChanged(ports, user, client)(trx)
    },
  )
}
