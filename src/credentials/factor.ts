/** A second factor of an account. Recovery codes stand in for a factor, and are none. */
export type Factor = 'totp' | 'passkey'

/** Reads the factors in force from `user.factors`. */
export function factorsOf(stored: string): Factor[] {
  return stored === '' ? [] : (stored.split(' ') as Factor[])
}
