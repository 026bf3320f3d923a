import { type Static, type TSchema, Type } from 'typebox'

/** The success of an action. */
export const Success = Type.Object(
  { status: Type.Literal('success'), message: Type.String() },
  { title: 'Success', description: 'The action was done.' },
)

/** The success of a revocation, with a receipt. */
export const Revoked = Type.Object(
  {
    ...Success.properties,
    effective: Type.Optional(
      Type.Object(
        {
          nodes: Type.Integer({ description: 'Nodes that refuse the token from here on.' }),
          waited_ms: Type.Integer({ description: 'How long the fleet was waited for.' }),
        },
        { description: 'With PostgreSQL: how far it has gone. No node of the fleet accepts the token any more.' },
      ),
    ),
  },
  { title: 'Revoked', description: 'Revoked, on every node.' },
)

/** Any refusal. */
export const Failure = Type.Object(
  {
    status: Type.Literal('fail'),
    message: Type.String(),
    errors: Type.Optional(
      Type.Record(Type.String(), Type.String(), { description: 'For invalid input: a sentence for each field.' }),
    ),
  },
  { title: 'Failure' },
)

/** A fault of the server. */
export const Fault = Type.Object(
  { status: Type.Literal('error'), message: Type.String(), request_id: Type.String() },
  { title: 'Fault' },
)

export function success<const T extends object>(message: string, more?: T) {
  return { status: 'success' as const, message, ...(more as T) }
}

/** @param receipt what the fleet has confirmed, if there is one; the names of nodes are for the log */
export function revoked(message: string, { effective }: { effective?: { nodes: number; waited_ms: number } }) {
  if (effective === undefined) return success(message)
  const { nodes, waited_ms } = effective
  return success(message, { effective: { nodes, waited_ms } })
}

export function failure(message: string, errors?: Record<string, string>): Static<typeof Failure> {
  return errors === undefined ? { status: 'fail', message } : { status: 'fail', message, errors }
}

const meanings: Record<number, string> = {
  400: 'Invalid input or a body that cannot be read.',
  401: 'No token, or one that is invalid, expired or revoked; `WWW-Authenticate` says which (RFC 6750 §3).',
  403: 'The token is valid, but not an administrator’s.',
  404: 'There is no such thing.',
  409: 'The name is taken.',
  413: 'The body is larger than 64 KiB.',
  415: 'The body is neither JSON nor a form.',
  429: 'Too many requests or failed logins; `Retry-After` says when to come back.',
  503: 'Temporarily unable; `Retry-After` says when to come back.',
}

/** The failures that a route can answer with, for its schema; a fault is possible everywhere. */
export function failures(...statuses: number[]): Record<number, TSchema> {
  const described = statuses.map((status) => [status, { ...Failure, description: meanings[status] ?? '' }])
  return Object.fromEntries([...described, [500, { ...Fault, description: 'A fault of the server; see its log.' }]])
}

/** An instant as ISO 8601 in UTC; `ms` since 1970. */
export function instant(ms: number): string {
  return new Date(ms).toISOString()
}
