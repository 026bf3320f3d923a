import { appendFact } from '../audit/append.ts'
import type { About, MessageKind } from '../mail/message.ts'
import { queueMail } from '../mail/queue.ts'
import type { Ports } from '../ports.ts'
import type { Trx } from '../store/schema.ts'
import { type Client, describeClient } from '../tokens/client.ts'

/** The account that a notice is sent to. */
interface Addressee {
  id: string
  email: string
}

/** What a notice says about the request that it is about. @param client undefined: the operator */
function aboutClient({ clock }: Ports, client?: Client): About {
  const time = new Date(clock()).toISOString()
  if (client === undefined) return { time, device: 'the operator' }
  return { time, ip: client.ip, device: describeClient(client.user_agent) }
}

/**
 * Queues a message that tells the owner of an account what has happened to the account, in the caller's transaction.
 * @param client who has done it; undefined: the operator
 * @param more for the templates
 */
export async function notifyOwner(
  trx: Trx,
  ports: Ports,
  { kind, to, client, more }: { kind: MessageKind; to: Addressee; client?: Client | undefined; more?: About },
): Promise<void> {
  const about = { ...aboutClient(ports, client), ...more }
  await queueMail(trx, ports, { kind, recipient: to.email, user_id: to.id, about })
}

/** Tells that a recovery code was used up, for whatever it was given: a code that somebody else has found opens the account. */
export async function tellRecoveryCode(trx: Trx, ports: Ports, to: Addressee, client: Client): Promise<void> {
  await appendFact(trx, ports, { action: 'recovery-code.used', actor: to.id, subject: to.id })
  await notifyOwner(trx, ports, { kind: 'recovery-code-used', to, client })
}

/** The notice of a new password, for a transaction. */
export function passwordChanged(ports: Ports, to: Addressee, client?: Client) {
  return (trx: Trx) => notifyOwner(trx, ports, { kind: 'password-changed', to, client })
}
