import { type Static, Type } from 'typebox'
import type { Refusal, RefusalCode } from '../refusal.ts'

/** The body of a refusal under `/oauth` (RFC 6749 §5.2). */
export const OauthError = Type.Object(
  { error: Type.String(), error_description: Type.String() },
  { title: 'OauthError', description: 'RFC 6749 §5.2.' },
)

const errorOf: Partial<Record<RefusalCode, string>> = {
  client_invalid: 'invalid_client',
  client_unauthorized: 'unauthorized_client',
  grant_unsupported: 'unsupported_grant_type',
  scope_invalid: 'invalid_scope',
}

/** Refusals that end by themselves. RFC 6749 §4.1.2.1 has the name. */
const temporary = new Set([429, 503])

/** Whether refusals of this request are {@link OauthError} objects. @param url the path, and perhaps a query */
export function isOauth(url: string): boolean {
  return /^\/oauth(?:[/?]|$)/.test(url)
}

/** @param status the HTTP status of the refusal */
export function oauthError({ code, message }: Refusal, status: number): Static<typeof OauthError> {
  const error = errorOf[code] ?? (temporary.has(status) ? 'temporarily_unavailable' : 'invalid_request')
  // RFC 6749 Appendix A.8: no quotation mark, no backslash, ASCII only.
  return { error, error_description: message.replaceAll(/["\\]|[^\x20-\x7e]/g, "'") }
}

const meanings: Record<number, string> = {
  400: '`invalid_request`, `unsupported_grant_type` or `invalid_scope`.',
  401: '`invalid_client`: the credentials of the service are missing or wrong.',
  403: '`unauthorized_client`: the service has no right to do this.',
  404: 'There is no such user.',
  413: 'The body is larger than 64 KiB.',
  415: 'The body has another media type.',
  429: 'Too many requests. `Retry-After` says when to retry.',
  503: 'Temporarily unavailable. `Retry-After` says when to retry.',
}
const retry = { 'Retry-After': { type: 'integer', description: 'Seconds to wait before the next try.' } }
const headers: Record<number, object> = {
  401: { 'WWW-Authenticate': { type: 'string', description: 'The realm, for HTTP Basic.' } },
  429: retry,
  503: retry,
}

/** Returns the response schemas of the failures of a route under `/oauth`. */
export function oauthFailures(...statuses: number[]): Record<number, object> {
  const all: [number, string][] = [
    ...statuses.map((status): [number, string] => [status, meanings[status] ?? '']),
    [500, 'Server error.'],
  ]
  return Object.fromEntries(
    all.map(([status, description]) => [
      status,
      {
        description,
        ...(headers[status] && { headers: headers[status] }),
        content: { 'application/json': { schema: { $ref: 'OauthError#' } } },
      },
    ]),
  )
}
