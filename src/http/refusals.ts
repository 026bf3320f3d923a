import type { Refusal, RefusalCode } from '../refusal.ts'

/** The HTTP status of each refusal. */
export const statusOf: Record<RefusalCode, number> = {
  input_invalid: 400,
  body_malformed: 400,
  body_too_large: 413,
  media_type_unsupported: 415,
  request_malformed: 400,
  request_timeout: 408,
  headers_too_large: 431,
  path_unknown: 404,
  method_not_allowed: 405,
  token_missing: 401,
  token_invalid: 401,
  token_expired: 401,
  token_revoked: 401,
  token_status_unknown: 503,
  revocation_unconfirmed: 503,
  client_invalid: 401,
  client_unauthorized: 403,
  grant_unsupported: 400,
  scope_invalid: 400,
  request_invalid: 400,
  user_not_found: 404,
  not_a_user: 403,
  upgrade_required: 426,
  insufficient_scope: 403,
  login_token_needed: 403,
  too_many_named_tokens: 409,
  key_conflict: 409,
  key_not_found: 404,
  service_not_found: 404,
  service_taken: 409,
  last_administrator: 409,
  not_administrator: 403,
  credentials_mismatch: 401,
  second_factor_required: 401,
  factor_mismatch: 401,
  ticket_invalid: 401,
  passkey_mismatch: 401,
  passkeys_unavailable: 409,
  passkey_taken: 409,
  too_many_passkeys: 409,
  factor_not_found: 404,
  no_factor: 409,
  last_factor: 409,
  factor_missing: 403,
  email_taken: 409,
  username_taken: 409,
  registration_closed: 403,
  address_not_verified: 403,
  account_disabled: 409,
  mail_off: 403,
  mail_busy: 503,
  too_many_messages: 429,
  cross_site: 403,
  too_many_failures: 429,
  too_many_logins: 429,
  too_many_made: 429,
  too_many_from_address: 429,
  too_many_requests: 429,
  hashing_busy: 503,
  logins_unavailable: 503,
  database_unavailable: 503,
  metrics_unavailable: 503,
  token_not_found: 404,
  widget_not_found: 404,
  widget_taken: 409,
  write_conflict: 503,
}

/** The callers that may use the routes of a scope. The realm of a refusal names the audience. */
export type Audience = 'registered_users' | 'admin_users' | 'services'

const withoutError = new Set<RefusalCode>(['token_missing'])
const withError: Partial<Record<RefusalCode, string>> = {
  token_invalid: 'invalid_token',
  token_expired: 'invalid_token',
  token_revoked: 'invalid_token',
  not_administrator: 'insufficient_scope',
  not_a_user: 'insufficient_scope',
  insufficient_scope: 'insufficient_scope',
  login_token_needed: 'insufficient_scope',
  factor_missing: 'insufficient_scope',
}

/** RFC 6749 §5.1: a cache must not store an answer with a secret. */
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** Returns the headers of a refusal that apply: `WWW-Authenticate` (RFC 6750 §3), `Retry-After` and `Allow`. */
export function headersOf(refusal: Refusal, audience: Audience, realmDomain: string): Record<string, string> {
  const headers: Record<string, string> = {}
  // A temporary failure says when to retry.
  const { retry_after_s = statusOf[refusal.code] === 503 ? 1 : undefined, allow, scope } = refusal.detail
  if (retry_after_s !== undefined) headers['retry-after'] = String(retry_after_s)
  if (allow !== undefined) headers.allow = allow.join(', ')
  const realm = `Bearer realm="${audience}@${realmDomain}"`
  const error = withError[refusal.code]
  if (withoutError.has(refusal.code)) headers['www-authenticate'] = realm
  if (refusal.code === 'second_factor_required') Object.assign(headers, noStore)
  if (refusal.code === 'client_invalid') headers['www-authenticate'] = `Basic realm="services@${realmDomain}"`
  if (refusal.code === 'upgrade_required') headers.upgrade = 'websocket'
  if (error) headers['www-authenticate'] = `${realm}, error="${error}", error_description="${refusal.message}"`
  if (scope !== undefined) headers['www-authenticate'] += `, scope="${scope.join(' ')}"`
  return headers
}
