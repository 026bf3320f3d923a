import { Type } from 'typebox'
import { instant } from '../http/envelope.ts'
import { pageNumber, pageOf } from '../http/page-schema.ts'
import type { ListedToken } from './list.ts'

const Instant = Type.String({ format: 'date-time' })
export const Token = Type.Object({
  id: Type.String({ format: 'uuid' }),
  created_at: Instant,
  expires_at: Instant,
  last_used_at: Type.Union([Instant, Type.Null()]),
  description: Type.String({ examples: ['Firefox on Linux'] }),
  ip: Type.String(),
  user_agent: Type.Union([Type.String(), Type.Null()]),
  current: Type.Boolean({ description: 'Whether this request uses the token.' }),
  kind: Type.Union([Type.Literal('login'), Type.Literal('named'), Type.Literal('service')]),
  scope: Type.Union([Type.String(), Type.Null()], {
    description: 'What a named token may be used for. `null`: all that its owner may do.',
  }),
})
export const TokenPage = pageOf({ tokens: Type.Array(Token) }, 'live tokens')
export const TokenPosition = Type.Object({
  page: pageNumber,
  per_page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 100, title: 'a whole number from 1 to 100' }),
  ),
})

/** @param used id of the token that the request uses */
export function describeListed({ created_at, expires_at, last_used_at, ...token }: ListedToken, used: string) {
  return {
    ...token,
    created_at: instant(created_at),
    expires_at: instant(expires_at),
    last_used_at: last_used_at === null ? null : instant(last_used_at),
    current: token.id === used,
  }
}
