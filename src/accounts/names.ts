import { fullFormats } from 'ajv-formats/dist/formats.js'
import type { Formats } from '../format.ts'

const emailPattern = fullFormats.email as RegExp
/** RFC 5321 §4.5.3.1.3, without the angle brackets. */
const maxEmail_chars = 254

/** Trims an address and converts it to lower case, the form that is compared and stored. */
export function normalizeEmail(value: string): string {
  return value.trim().toLowerCase()
}

export function isEmail(value: string): boolean {
  const email = normalizeEmail(value)
  return email.length <= maxEmail_chars && emailPattern.test(email)
}

const usernamePattern = /^(?=.{1,39}$)[a-z0-9]+(-[a-z0-9]+)*$/

/** A name of an account. */
export type AccountName = { email: string } | { username: string }

/** Reads an e-mail address or a username. Only an address has an `@`. */
export function accountNameOf(text: string): AccountName {
  return text.includes('@') ? { email: normalizeEmail(text) } : { username: text }
}

/** Accepts 1 to 39 of `a-z`, `0-9` and single inner hyphens. */
export function isUsername(value: string): boolean {
  return usernamePattern.test(value)
}

const noEmail = (field: string, value: unknown) =>
  // A list or an object may be nested deeper than the stack allows, so it is not printed.
  `${typeof value === 'object' && value !== null ? field : value} is not a valid email`

/** The formats of the names that an account can have. */
export const nameFormats = {
  email: {
    accepts: isEmail,
    sentence: noEmail,
  },
  username: {
    accepts: isUsername,
    sentence: (field) => `${field} must be 1 to 39 of a-z, 0-9 and single inner hyphens`,
  },
  /** What a person enters to log in. */
  'email-or-username': { accepts: (value) => isEmail(value) || isUsername(value), sentence: noEmail },
} satisfies Formats
