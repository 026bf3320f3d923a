import type { LinkPurpose } from '../credentials/link.ts'
import type { About, MessageKind, Prepared } from '../mail/message.ts'
import type { MessageRow } from '../mail/records.ts'
import type { Ports } from '../ports.ts'
import type { Trx } from '../store/schema.ts'
import { createLink } from './links.ts'
import { findUser, isDisabled, lockUser, type UserRow } from './records.ts'

/** What the link of a message is for. */
const purposes: Partial<Record<MessageKind, LinkPurpose>> = {
  'password-reset': 'reset',
  invitation: 'invitation',
  'verify-address': 'verification',
  'change-address': 'change',
}

/**
 * Makes what a queued message needs at the moment that the message is sent. The secret of a link is made here, so that neither
 * the queue nor a backup of the queue has ever had the secret. An attempt that is repeated makes a link of its own, and the links
 * of earlier attempts count too.
 * @returns undefined if the message is no longer wanted
 */
export function prepareMail(ports: Ports, row: MessageRow): Promise<Prepared | undefined> {
  return ports.store.transaction().execute(async (trx) => {
    const found = await findUser(trx, row.user_id === null ? { email: row.recipient } : { id: row.user_id })
    const user = found && (await lockUser(trx, found.id))
    const kind = row.kind as MessageKind
    if (!(await isWanted(trx, { kind, recipient: row.recipient, now: ports.clock() }, user))) return undefined
    const purpose = purposes[kind]
    const link = purpose && user && (await createLink(trx, ports, user, purpose))
    const { public_url } = ports.identity
    const about = JSON.parse(row.about) as About
    const values = {
      email: user?.email ?? row.recipient,
      username: user?.username ?? '',
      public_url,
      service: new URL(public_url).host,
      ...about,
      ...link,
    }
    return { recipient: row.recipient, values }
  })
}

async function isWanted(
  trx: Trx,
  { kind, recipient, now }: { kind: MessageKind; recipient: string; now: number },
  user: UserRow | undefined,
): Promise<boolean> {
  if (user === undefined) return false
  const isActive = !isDisabled(user, now)
  switch (kind) {
    case 'password-reset':
    case 'invitation':
      return isActive && user.email === recipient
    case 'verify-address':
      return isActive && user.email === recipient && user.email_verified_at === null
    case 'change-address':
      // Another account may have got the address. The link would not work then, so there is no message.
      return isActive && user.pending_email === recipient && (await findUser(trx, { email: recipient })) === undefined
    default:
      return true
  }
}
