import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { failures, instant, Revoked, revoked } from '../http/envelope.ts'
import { forRequest } from '../http/for-request.ts'
import { inGivenOrder, pageNumber, pageOf, sendPosition } from '../http/page-schema.ts'
import type { Ports } from '../ports.ts'
import { callerOf } from './guard.ts'
import { basePathOf } from './identity.ts'
import { type ListedToken, listTokens } from './list.ts'
import { revokeAllTokens, revokeToken } from './revoke.ts'

const Instant = Type.String({ format: 'date-time' })
const Token = Type.Object({
  id: Type.String({ format: 'uuid' }),
  created_at: Instant,
  expires_at: Instant,
  last_used_at: Type.Union([Instant, Type.Null()]),
  description: Type.String({ examples: ['Firefox on Linux'] }),
  ip: Type.String(),
  user_agent: Type.Union([Type.String(), Type.Null()]),
  current: Type.Boolean({ description: 'Whether this request uses the token.' }),
})
const TokenPage = pageOf({ tokens: Type.Array(Token) }, 'live tokens')
const TokenQuery = Type.Object({
  page: pageNumber,
  per_page: Type.Optional(
    Type.Integer({ minimum: 1, maximum: 100, default: 100, title: 'a whole number from 1 to 100' }),
  ),
  current: Type.Optional(
    Type.Boolean({
      default: false,
      title: 'true or false',
      description: '`true`: only the token that this request uses.',
    }),
  ),
})

const path = '/api/v1/tokens'
const tags = ['tokens']

/** @param used id of the token that the request uses */
function describe({ created_at, expires_at, last_used_at, ...token }: ListedToken, used: string) {
  return {
    ...token,
    created_at: instant(created_at),
    expires_at: instant(expires_at),
    last_used_at: last_used_at === null ? null : instant(last_used_at),
    current: token.id === used,
  }
}

/** Routes for the caller's own tokens. */
export const tokenRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  // The path for clients, with the path of a proxy.
  const base = basePathOf(ports.settings) + path
  app.get(
    '/tokens',
    {
      schema: {
        tags,
        operationId: 'listTokens',
        summary: 'Where am I logged in',
        description:
          'Follow `links.next` until there is none. A page has what stands there at the time of the request: if older tokens end between two requests, later tokens move forward.',
        querystring: TokenQuery,
        response: { 200: TokenPage, ...failures(400, 401, 429, 503) },
      },
      serializerCompiler: inGivenOrder,
    },
    async (request, reply) => {
      const { sub, jti } = callerOf(request)
      const { page = 1, per_page = 100, current = false } = request.query
      const query = { page, per_page, ...(current && { current }) }
      const { items, total } = await listTokens(ports, { ownerId: sub, ...(current && { jti }) }, query)
      return { tokens: items.map((token) => describe(token, jti)), ...sendPosition(reply, base, query, total) }
    },
  )
  app.delete(
    '/tokens/:id',
    {
      config: { revokes: true },
      schema: {
        tags,
        operationId: 'revokeToken',
        summary: 'Revoke one token',
        params: Type.Object({ id: Type.String({ description: "The token's `id` in the list." }) }),
        response: { 200: Revoked, ...failures(400, 401, 404, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const token = { jti: request.params.id, user_id: callerOf(request).sub }
      return revoked(
        'the token has been deleted',
        await revokeToken(forRequest(ports, request), token, 'revoked by its user'),
      )
    },
  )
  app.delete(
    '/tokens',
    {
      config: { revokes: true },
      schema: {
        tags,
        operationId: 'revokeAllTokens',
        summary: 'Revoke all tokens of the caller, including this one',
        response: { 200: Revoked, ...failures(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const claims = callerOf(request)
      const receipt = await revokeAllTokens(forRequest(ports, request), claims.sub, 'all revoked by their user', claims)
      return revoked('you are now disconnected for every device', receipt)
    },
  )
}
