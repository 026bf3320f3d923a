/** Details of a refusal. */
export interface RefusalDetail {
  /** The value that the message names, such as an email address or a widget's name. */
  subject?: string
  /** Messages by field, for invalid input. */
  errors?: Record<string, string>
  /** Seconds until a retry makes sense. */
  retry_after_s?: number
  /** The scopes that the request needs (RFC 6750 §3). */
  scope?: readonly string[]
  /** The methods that the path supports (RFC 9110 §10.2.1). */
  allow?: string[]
  /** Whose limit has been reached. For the log only. */
  limit_of?: 'account' | 'address'
  /** Further members of the answer's body. */
  more?: object
  /** For the log only. Never a secret. */
  why?: string
  /** The error behind the refusal, for the log only. Never a secret. */
  cause?: Error
}

/** The code of every refusal, and the message for the caller. */
const sentences = {
  input_invalid: 'Input payload validation failed',
  body_malformed: (subject: string) => `The body could not be read: ${subject}`,
  body_too_large: 'The body is larger than 64 KiB',
  media_type_unsupported: 'The body must be application/json or application/x-www-form-urlencoded',
  request_malformed: 'The request could not be read',
  request_timeout: 'The request took too long to arrive',
  headers_too_large: 'The request header is too large',
  path_unknown: 'The requested path was not found',
  method_not_allowed: 'The method is not allowed for the requested path',
  token_missing: 'Unauthorized',
  token_invalid: 'Invalid token. Please log in again.',
  token_expired: 'Access token expired. Please log in again.',
  token_revoked: 'Token blacklisted. Please log in again.',
  token_status_unknown: 'Token status is temporarily unknown',
  revocation_unconfirmed: 'The revocation could not be confirmed. Please repeat it.',
  client_invalid: 'The client id or the client secret is wrong',
  client_unauthorized: 'The service has no right to do this',
  grant_unsupported: 'The only grant_type is client_credentials',
  scope_invalid: 'Tokens have no scope: leave the parameter scope out',
  request_invalid: (subject: string) => `The request cannot be right: ${subject}`,
  user_not_found: 'There is no such user',
  not_a_user: 'This is the token of a service, not of a user',
  upgrade_required: 'This path speaks WebSocket, with the subprotocol latchkey.revocations.v1',
  insufficient_scope: 'The scope of the token does not suffice',
  login_token_needed: 'This needs the token of a login, not a named token',
  too_many_named_tokens: 'Too many named tokens: revoke one first',
  key_conflict: (subject: string) => subject,
  key_not_found: 'There is no such key',
  service_not_found: 'There is no such service',
  service_taken: (subject: string) => `there is already a service with the name ${subject}`,
  last_administrator: 'the last administrator',
  not_administrator: 'You are not an administrator',
  credentials_mismatch: 'email or password does not match',
  second_factor_required: 'second factor required',
  factor_mismatch: 'the code is wrong, or was used before',
  ticket_invalid: 'The login has expired. Please log in again.',
  passkey_mismatch: 'The passkey was not accepted',
  passkeys_unavailable: 'Passkeys need a PUBLIC_URL with https and a host name',
  passkey_taken: 'The passkey is in use already',
  too_many_passkeys: 'An account has at most 20 passkeys',
  factor_not_found: '404 factor not found',
  no_factor: 'Add a second factor first',
  last_factor: 'This account needs a second factor. Add another one first.',
  factor_missing: 'This account needs a second factor. Please add one, then log in again.',
  email_taken: (subject: string) => `${subject} is already registered`,
  username_taken: (subject: string) => `${subject} is already registered`,
  registration_closed: 'registration is closed',
  address_not_verified: 'address not verified',
  account_disabled: (subject: string) => `${subject} is disabled`,
  mail_off: 'This service sends no mail. Please ask its operator.',
  mail_busy: 'Too many messages wait to be sent. Please try again later.',
  too_many_messages: 'Too many messages were asked for. Please try again later.',
  cross_site: 'Pages of other sites may not log in or register here',
  too_many_failures: 'Too many failed logins. Please try again later.',
  too_many_logins: 'Too many logins of this account. Please try again later.',
  too_many_made: 'Too many named tokens of this account were made. Please try again later.',
  too_many_from_address: 'Too many logins or registrations from this address. Please try again later.',
  too_many_requests: 'Too many requests. Please try again later.',
  hashing_busy: 'Too many logins are waiting. Please try again later.',
  logins_unavailable: 'Logins are temporarily unavailable',
  database_unavailable: 'The database is temporarily unavailable',
  metrics_unavailable: 'The figures of all workers are temporarily unavailable',
  token_not_found: '404 token not found',
  widget_not_found: (subject: string) => `${subject} not found in database.`,
  write_conflict: (subject: string) => `${subject} is being changed by other requests. Please try again.`,
  widget_taken: (subject: string) => `Widget name: ${subject} already exists, must be unique.`,
} as const

export type RefusalCode = keyof typeof sentences

/** A refused request or command. `message` is for the caller, `detail.why` for the log. */
export class Refusal extends Error {
  override name = 'Refusal'
  readonly code: RefusalCode
  readonly detail: RefusalDetail

  constructor(code: RefusalCode, detail: RefusalDetail = {}) {
    const sentence = sentences[code]
    super(typeof sentence === 'string' ? sentence : sentence(detail.subject ?? ''))
    this.code = code
    this.detail = detail
  }
}
