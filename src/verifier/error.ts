import { type Audience, headersOf, statusOf } from '../http/refusals.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'

/** Why a verifier refuses a request. */
export type VerifierErrorCode =
  /** The request has no token. */
  | 'token_missing'
  /** The token is malformed, forged, of another issuer, for another audience, or does not count yet. */
  | 'token_invalid'
  | 'token_expired'
  | 'token_revoked'
  /** The token does not give the right to do this. */
  | 'insufficient_scope'
  /** The verifier cannot know whether the token is revoked. */
  | 'status_unknown'

/** The part of the answer that depends on the route and on the server. */
export interface Realm {
  audience: Audience
  domain: string
}

/** The realm of an administrators' route, in each of its refusals. */
export function forAdministrators({ domain }: Realm): Realm {
  return { audience: 'admin_users', domain }
}

/** A refused request. `message` is for the client, `cause` for the log. */
export class VerifierError extends Error {
  override name = 'VerifierError'
  readonly code: VerifierErrorCode
  /** The HTTP status of the answer. */
  readonly status: number
  /** The same, under the name that Fastify and NestJS read. */
  readonly statusCode: number
  /** `www-authenticate` (RFC 6750 §3) or `retry-after`. The usual spellings with capital letters read the same values. */
  readonly headers: Readonly<Record<string, string>>
  /** For `http-errors` and Express: the message may be sent to the client. */
  readonly expose = true

  constructor(refusal: Refusal, realm: Realm) {
    super(refusal.message, { cause: causeOf(refusal) })
    this.code = codeOf(refusal.code)
    this.status = statusOf[refusal.code]
    this.statusCode = this.status
    this.headers = withCapitals(headersOf(refusal, realm.audience, realm.domain))
  }

  /** The body of the answer. */
  toJSON(): { status: 'fail'; message: string } {
    return { status: 'fail', message: this.message }
  }

  /** The whole answer. Hono sends it, unless the application has its own `onError`. */
  getResponse(): Response {
    return Response.json(this, { status: this.status, headers: Object.entries(this.headers) })
  }
}

function codeOf(code: RefusalCode): VerifierErrorCode {
  if (code === 'not_administrator' || code === 'insufficient_scope' || code === 'admin_factor_missing') {
    return 'insufficient_scope'
  }
  const same =
    code === 'token_missing' || code === 'token_invalid' || code === 'token_expired' || code === 'token_revoked'
  return same ? code : 'status_unknown'
}

/** Names of headers have no case, but keys of objects have. The second spelling is not enumerable, so it is not sent twice. */
function withCapitals(headers: Record<string, string>): Record<string, string> {
  for (const [name, value] of Object.entries(headers)) {
    const spelling = name === 'www-authenticate' ? 'WWW-Authenticate' : 'Retry-After'
    Object.defineProperty(headers, spelling, { value })
  }
  return Object.freeze(headers)
}

function causeOf({ detail: { cause, why } }: Refusal): Error | undefined {
  return cause ?? (why === undefined ? undefined : new Error(why))
}

/** The error for what the server's code has thrown. Anything unexpected means that the state is unknown. */
export function errorOf(error: unknown, realm: Realm): VerifierError {
  const refusal = error instanceof Refusal ? error : new Refusal('token_status_unknown', { cause: error as Error })
  return new VerifierError(refusal, realm)
}
