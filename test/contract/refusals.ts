import assert from 'node:assert/strict'
import type { Answer } from '../support/service.ts'

/** The reasons why a protected route refuses a token, and their messages. */
export const messages = {
  missing: 'Unauthorized',
  invalid: 'Invalid token. Please log in again.',
  expired: 'Access token expired. Please log in again.',
  revoked: 'Token blacklisted. Please log in again.',
} as const

export type Audience = 'registered_users' | 'admin_users'

/** Returns the exact `WWW-Authenticate` header of a 401 (RFC 6750 §3). */
export function challenge(why: keyof typeof messages, audience: Audience, domain = 'mydomain.com'): string {
  const realm = `Bearer realm="${audience}@${domain}"`
  return why === 'missing' ? realm : `${realm}, error="invalid_token", error_description="${messages[why]}"`
}

export function assertUnauthorized(
  answer: Answer,
  why: keyof typeof messages,
  audience: Audience = 'registered_users',
): void {
  assertFails(answer, 401, messages[why])
  assert.equal(answer.headers['www-authenticate'], challenge(why, audience))
}

export function assertForbidden(answer: Answer): void {
  assertFails(answer, 403, 'You are not an administrator')
  assert.equal(
    answer.headers['www-authenticate'],
    'Bearer realm="admin_users@mydomain.com", error="insufficient_scope", error_description="You are not an administrator"',
  )
}

/** Asserts that the answer is the error envelope and nothing more. @param message undefined: any text */
export function assertFails(answer: Answer, status: number, message?: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/json(;|$)/)
  const actual = answer.json?.message
  assert.equal(typeof actual, 'string', answer.text)
  assert.deepEqual(answer.json, { status: 'fail', message: message ?? actual })
}

/** Asserts that the answer names exactly these invalid fields and, if they are given, has these messages. */
export function assertInvalid(answer: Answer, fields: string[] | Record<string, string>): void {
  assert.equal(answer.status, 400, answer.text)
  const { errors, ...rest } = answer.json
  assert.deepEqual(rest, { status: 'fail', message: 'Input payload validation failed' })
  assert.deepEqual(Object.keys(errors).sort(), (Array.isArray(fields) ? fields : Object.keys(fields)).sort())
  for (const sentence of Object.values(errors)) assert.ok(typeof sentence === 'string' && sentence.length > 0)
  if (!Array.isArray(fields)) assert.deepEqual(errors, fields)
}

export function assertSucceeds(answer: Answer, status: number, message: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.deepEqual(answer.json, { status: 'success', message })
}

/** Asserts that a revocation succeeded. On a fleet the answer has a receipt too. */
export function assertRevoked(answer: Answer, message: string): void {
  assert.equal(answer.status, 200, answer.text)
  const { effective, ...rest } = answer.json
  assert.deepEqual(rest, { status: 'success', message })
  if (effective === undefined) return
  assert.deepEqual(Object.keys(effective).sort(), ['nodes', 'verifiers', 'waited_ms'])
  assert.ok(effective.nodes >= 1 && effective.waited_ms >= 0)
}
