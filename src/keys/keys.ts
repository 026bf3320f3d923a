import type { SigningKey, VerificationKey } from './keyring.ts'

/** The keys as this process knows them. */
export interface Keys {
  /** @throws Refusal logins_unavailable if this process cannot sign */
  signing: () => Promise<SigningKey>
  /** The public key of a `kid`. The process looks for an unknown `kid` in the database, at most once a second. */
  find: (kid: string) => Promise<VerificationKey | undefined>
  /** Reads the keys in the database again, at most once a second. */
  look: () => Promise<void>
  /** Reads the keys in the database again, now. */
  reload: () => Promise<void>
}

/** A signing key that cannot be used. The message is one line for the operator. */
export class KeyError extends Error {
  override name = 'KeyError'
  /** A line of advice. */
  readonly hint: string | undefined

  constructor(message: string, hint?: string) {
    super(message)
    this.hint = hint
  }
}

/** Whether the text has the form of our `kid`s: a JWK thumbprint (RFC 7638) of 32 bytes, in base64url. */
export function isThumbprint(kid: string): boolean {
  return /^[A-Za-z0-9_-]{43}$/.test(kid)
}
