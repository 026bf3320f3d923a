import { Type } from 'typebox'
import { describeFailure, noStore, Success, success } from '../http/envelope.ts'
import { factorScope } from '../tokens/claims.ts'
import type { Issued } from '../tokens/issue.ts'

const aboutToken = { description: 'A token (RFC 6749 §5.1).', headers: noStore }

/** The answer of a login. */
export const TokenAnswer = Type.Object(
  {
    ...Success.properties,
    access_token: Type.String({ description: 'The token, a compact JWS.' }),
    token_type: Type.Literal('bearer'),
    expires_in: Type.Integer({ description: 'Seconds until the token expires.' }),
    scope: Type.Optional(
      Type.Literal(factorScope, { description: 'The token can only add a second factor, which the account needs.' }),
    ),
  },
  aboutToken,
)

export const ShortTokenAnswer = Type.Object(
  { ...TokenAnswer.properties, token: Type.String({ description: 'The same token.' }) },
  aboutToken,
)

export function tokenAnswer(message: string, { access_token, expires_in, scope }: Issued) {
  const limited = scope === factorScope && ({ scope } as const)
  return success(message, { access_token, token_type: 'bearer' as const, expires_in, ...limited })
}

export const ForeignPage = describeFailure(
  'A page of another site sent the request, and `CORS_ORIGINS` does not have its origin.',
)
