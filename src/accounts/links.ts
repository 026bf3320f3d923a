import { fingerprint, hashLinkSecret, type LinkPurpose, linkPurposes, linkTo } from '../credentials/link.ts'
import { deleteLinksOf, findLink, insertLink, type LinkRow, takeLink } from '../credentials/links/records.ts'
import { hashSecret, newSecret } from '../credentials/secret.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Client } from '../tokens/client.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { findUser, isDisabled, lockUser, type UserRow } from './records.ts'

/**
 * Makes a link for an account, and stores the hash of its secret. The link dies when it is used, when it expires, and when the
 * account changes (`fingerprint`).
 * @param user the row of the account, locked or read in the same transaction
 */
export async function createLink(
  trx: Trx,
  { identity, clock }: Pick<Ports, 'identity' | 'clock'>,
  user: UserRow,
  purpose: LinkPurpose,
): Promise<{ link: string; token: string }> {
  const token = newSecret()
  const expires_at = clock() + linkPurposes[purpose].lifetime_ms
  const hash = hashSecret(token)
  await insertLink(trx, { hash, user_id: user.id, purpose, state: fingerprint(user), expires_at })
  return { link: linkTo(identity.public_url, purpose, token), token }
}

/** A link that counts, and its account. */
export interface Opened {
  link: LinkRow & { purpose: LinkPurpose }
  user: UserRow
  /** When the link was found, in milliseconds since 1970. */
  now: number
}

/**
 * Finds a link by its secret. The link is not used up.
 * @throws Refusal input_invalid if there is no such link for one of these purposes, which counts as a failed login of the network;
 *   too_many_failures
 */
export async function openLink(
  ports: Ports,
  token: string,
  purposes: readonly LinkPurpose[],
  client: Client,
): Promise<Opened> {
  const { store, throttle, clock } = ports
  const limited = noteLimit(ports, client)
  await throttle.beginSecret(client.network).catch(limited)
  const hash = hashLinkSecret(token)
  const now = clock()
  const link = hash === undefined ? undefined : await findLink(store, hash, now)
  const purpose = purposes.find((each) => each === link?.purpose)
  const user = link === undefined ? undefined : await findUser(store, { id: link.user_id })
  if (link && purpose && user && isBoundTo(link, user, now)) return { link: { ...link, purpose }, user, now }
  await throttle.failSecret(client.network).catch(limited)
  throw badLink()
}

/**
 * Uses a link up, in the caller's transaction, and with it every other link of the account. Locks the account.
 * @returns the account as it is now
 * @throws Refusal input_invalid if the link was used, or the account has changed
 */
export async function useLink(trx: Trx, { link, user: { id }, now }: Opened): Promise<UserRow> {
  // The account first: every transaction that changes an account and its links locks them in this order.
  const user = await lockUser(trx, id)
  if (user === undefined || !isBoundTo(link, user, now) || !(await takeLink(trx, link.hash))) throw badLink()
  await deleteLinksOf(trx, id)
  return user
}

function isBoundTo(link: LinkRow, user: UserRow, now: number): boolean {
  return !isDisabled(user, now) && link.state === fingerprint(user)
}

export function badLink(): Refusal {
  const token = 'token does not exist, was used or has expired, or the account has changed: ask for a new message'
  return new Refusal('input_invalid', { errors: { token } })
}
