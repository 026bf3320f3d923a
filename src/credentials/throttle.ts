import { createHash } from 'node:crypto'

/** One attempt to log in. */
export interface Attempt {
  /** The account's id, or the name that was tried if there is no such account. An id never equals a name. */
  account: { id: string } | { name: string }
  /** The client's network: an IPv4 address, or the /64 of an IPv6 address. */
  network: string
  /** Whether the account has logged in from this network before. */
  known: boolean
}

/** A message that a request asks for. */
export interface AskedMessage {
  kind: string
  recipient: string
}

/**
 * Counts for 15 minutes: successful logins by account and by network, registrations by network, and failed logins by network
 * and by account. The failures of an account are counted separately for each known network, from which the account has logged
 * in before, and together for all other networks. So failures from unknown networks do not lock the owner out of a known
 * network.
 */
export interface Throttle {
  /** Before the hash. @throws Refusal too_many_failures, too_many_logins, too_many_from_address if a limit has been reached */
  begin: (attempt: Attempt) => Promise<void>
  /** After the hash. @throws Refusal too_many_failures if a limit has been reached */
  admit: (attempt: Attempt) => Promise<void>
  /** Counts a failure. @throws Refusal too_many_failures past a limit, so that the guess is not answered */
  fail: (attempt: Attempt) => Promise<void>
  /** Counts a login. A service has no network, and the network of a login with a passkey was counted before. @throws Refusal too_many_logins, too_many_from_address past a limit */
  succeed: (id: string, network?: string) => Promise<void>
  /**
   * Counts a named token, apart from the logins of the account, which a program with a token must not use up, but as a login of the
   * network. @throws Refusal too_many_made, too_many_from_address past a limit
   */
  make: (id: string, network: string) => Promise<void>
  /** Counts an offer to log in with a passkey, as a login of the network. @throws Refusal too_many_from_address past the limit */
  offer: (network: string) => Promise<void>
  /** Counts a message that was asked for, by its kind and address, and by network. @throws Refusal too_many_messages past a limit */
  mail: (message: AskedMessage, network: string) => Promise<void>
  /** Before a secret without an account is looked at. @throws Refusal too_many_failures if the limit of the network has been reached */
  beginSecret: (network: string) => Promise<void>
  /** Counts a wrong secret as a failed login of the network. @throws Refusal too_many_failures past the limit */
  failSecret: (network: string) => Promise<void>
  /** Counts a registration. @throws Refusal too_many_from_address past the limit */
  register: (network: string) => Promise<void>
}

/** Returns the key that an attempt is counted under. The key is hashed, because a tried name may be any text. */
export function accountKey({ account, network, known }: Attempt): string {
  return createHash('sha256')
    .update(JSON.stringify(known ? [account, network] : [account]))
    .digest('base64url')
}

/**
 * Returns the key that messages are counted under. Each kind has a count of its own: a stranger who asks for messages of one kind
 * to an address must not keep its owner from a link for a new password.
 */
export function mailKey({ kind, recipient }: AskedMessage): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, recipient]))
    .digest('base64url')
}
