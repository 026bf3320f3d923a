import type { Audience } from './refusals.ts'

/** Every protected route, and the audience in its realm. */
export const guarded: [method: string, path: string, audience: Audience][] = [
  ['GET', '/auth/user', 'registered_users'],
  ['GET', '/auth/check', 'registered_users'],
  ['POST', '/auth/logout', 'registered_users'],
  ['POST', '/auth/password', 'registered_users'],
  ['DELETE', '/auth/user', 'registered_users'],
  ['POST', '/auth/totp', 'registered_users'],
  ['DELETE', '/auth/totp', 'registered_users'],
  ['POST', '/auth/totp/confirm', 'registered_users'],
  ['POST', '/auth/recovery-codes', 'registered_users'],
  ['GET', '/auth/passkeys', 'registered_users'],
  ['POST', '/auth/passkeys', 'registered_users'],
  ['POST', '/auth/passkeys/options', 'registered_users'],
  ['DELETE', '/auth/passkeys/00000000-0000-4000-8000-000000000000', 'registered_users'],
  ['GET', '/tokens', 'registered_users'],
  ['DELETE', '/tokens', 'registered_users'],
  ['DELETE', '/tokens/00000000-0000-4000-8000-000000000000', 'registered_users'],
  ['GET', '/widgets', 'registered_users'],
  ['GET', '/widgets/any', 'registered_users'],
  ['POST', '/widgets', 'admin_users'],
  ['PUT', '/widgets/any', 'admin_users'],
  ['DELETE', '/widgets/any', 'admin_users'],
]
