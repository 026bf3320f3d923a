import { hashSecret } from './secret.ts'

/** What a link is for: how long it counts, and the page that it opens. */
export const linkPurposes = {
  reset: { lifetime_ms: 30 * 60_000, path: '/account/reset-password' },
  /** A first password, for an account that somebody else has made. */
  invitation: { lifetime_ms: 7 * 86_400_000, path: '/account/reset-password' },
  verification: { lifetime_ms: 86_400_000, path: '/account/verify-email' },
  /** The new address of an account. */
  change: { lifetime_ms: 86_400_000, path: '/account/verify-email' },
} as const

export type LinkPurpose = keyof typeof linkPurposes

const secretForm = /^[A-Za-z0-9_-]{43}$/

/** The hash of a link's secret that is stored. @returns undefined if the text cannot be a secret */
export function hashLinkSecret(text: string): string | undefined {
  return secretForm.test(text) ? hashSecret(text) : undefined
}

/** The fields of an account that a link is bound to. */
export interface Bound {
  email: string
  password_hash: string
  generation: number
  disabled_at: number | null
  pending_email: string | null
}

/**
 * Returns the fingerprint of what a link is bound to. If one of these changes, every link of the account is dead: the password,
 * the end of all tokens, the address, the address to be, and whether the account is disabled.
 */
export function fingerprint({ email, password_hash, generation, disabled_at, pending_email }: Bound): string {
  return hashSecret(JSON.stringify([email, password_hash, generation, disabled_at, pending_email]))
}

/** The secret stands behind `#`, so that a browser sends it neither to a server nor in `Referer`. */
export function linkTo(public_url: string, purpose: LinkPurpose, secret: string): string {
  return `${public_url}${linkPurposes[purpose].path}#token=${secret}`
}
