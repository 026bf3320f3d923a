import type { Settings } from '../config/table.ts'

/** A second factor of an account. Recovery codes stand in for a factor, and are none. */
export type Factor = 'totp' | 'passkey'

/** Whether an account must have a second factor. */
export function needsFactor(
  { ADMIN_FACTOR, USER_FACTOR }: Pick<Settings, 'ADMIN_FACTOR' | 'USER_FACTOR'>,
  { admin }: { admin: 0 | 1 },
): boolean {
  return USER_FACTOR === 'required' || (admin === 1 && ADMIN_FACTOR === 'required')
}

/** Reads the factors in force from `user.factors`. */
export function factorsOf(stored: string): Factor[] {
  return stored === '' ? [] : (stored.split(' ') as Factor[])
}
