import type { FastifyReply } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'

/** The body of a successful action. */
export const Success = Type.Object(
  { status: Type.Literal('success'), message: Type.String() },
  { title: 'Success', description: 'The action succeeded.' },
)

/** The body of a successful revocation, with a receipt. */
export const Revoked = Type.Object(
  {
    ...Success.properties,
    effective: Type.Optional(
      Type.Object(
        {
          nodes: Type.Integer({ description: 'Number of nodes that now refuse the token.' }),
          verifiers: Type.Integer({ description: 'Number of verifiers that now refuse the token.' }),
          waited_ms: Type.Integer({ description: 'How long the fleet took to confirm.' }),
        },
        {
          description:
            'With PostgreSQL, or when there are services: no node and no verifier accepts the token any more.',
        },
      ),
    ),
  },
  { title: 'Revoked', description: 'Revoked on every node.' },
)

/** The body of a refusal. */
export const Failure = Type.Object(
  {
    status: Type.Literal('fail'),
    message: Type.String(),
    errors: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'For invalid input: a message for each field.' }),
    ),
  },
  { title: 'Failure' },
)

/** The body of an unexpected server error. */
const Fault = Type.Object(
  { status: Type.Literal('error'), message: Type.String(), request_id: Type.String() },
  { title: 'Fault' },
)

export function success<const T extends object>(message: string, more?: T) {
  return { status: 'success' as const, message, ...(more as T) }
}

/** @param receipt what the fleet has confirmed, if there is a fleet. The names of nodes stay in the log */
export function revoked(
  message: string,
  { effective }: { effective?: { nodes: number; verifiers: number; waited_ms: number } },
) {
  if (effective === undefined) return success(message)
  const { nodes, verifiers, waited_ms } = effective
  return success(message, { effective: { nodes, verifiers, waited_ms } })
}

export function failure(
  message: string,
  { errors, more }: { errors?: Record<string, string>; more?: object } = {},
): Static<typeof Failure> {
  return { status: 'fail', message, ...more, ...(errors && { errors }) }
}

const meanings: Record<number, string> = {
  400: 'Invalid input, or a body that cannot be read.',
  401: 'The token is missing, invalid, expired or revoked. `WWW-Authenticate` says which (RFC 6750 §3).',
  403: 'The token is valid, but does not give the right: it is not an administrator’s, or its scope does not suffice.',
  404: 'Not found.',
  409: 'The name is already in use, or the change cannot be made now.',
  413: 'The body is larger than 64 KiB.',
  415: 'The body is neither JSON nor a form.',
  429: 'Too many requests, logins or registrations. `Retry-After` says when to retry.',
  503: 'Temporarily unavailable. `Retry-After` says when to retry.',
}

/** Describes a response header. A response schema has its headers under `headers`. */
export function describedHeader(description: string) {
  return { type: 'string', description }
}

const challenge = {
  'WWW-Authenticate': describedHeader('The realm, and the error if there was a token (RFC 6750 §3).'),
}
const retry = { 'Retry-After': { type: 'integer', description: 'Seconds to wait before the next try.' } }
const headers: Record<number, object> = { 401: challenge, 403: challenge, 429: retry, 503: retry }

/** The schemas that other schemas refer to by name. */
export const sharedSchemas: TSchema[] = [
  { $id: 'Failure', ...Failure },
  { $id: 'Fault', ...Fault },
]

/** Describes a failure with the envelope as its body. */
export function describeFailure(description: string, headers?: object) {
  return described('Failure', description, headers)
}

function described(name: 'Failure' | 'Fault', description: string, headers?: object) {
  return { description, ...(headers && { headers }), content: { 'application/json': { schema: { $ref: `${name}#` } } } }
}

/** Returns the response schemas of a route's failures. Every route can also answer 500. */
export function failures(...statuses: number[]): Record<number, TSchema> {
  const refusals = statuses.map((status) => [status, describeFailure(meanings[status] ?? '', headers[status])])
  return Object.fromEntries([...refusals, [500, described('Fault', 'Server error. The log has details.')]])
}

/** The headers of an answer with a token, for its schema. */
export const noStore = { 'Cache-Control': describedHeader('`no-store`.'), Pragma: describedHeader('`no-cache`.') }

/** RFC 6749 §5.1: a cache must not store an answer with a token. */
export function withoutCache<R extends FastifyReply>(reply: R): R {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache') as R
}

/** Returns a time as ISO 8601 in UTC. @param ms milliseconds since 1970 */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}
