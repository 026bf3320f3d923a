import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { failures, instant, Revoked, revoked } from '../http/envelope.ts'
import { forRequest } from '../http/for-request.ts'
import type { Ports } from '../ports.ts'
import { callerOf } from './guard.ts'
import { listTokens } from './list.ts'
import { revokeAllTokens, revokeToken } from './revoke.ts'

const Instant = Type.String({ format: 'date-time' })
const TokenList = Type.Object(
  {
    tokens: Type.Array(
      Type.Object({
        id: Type.String({ format: 'uuid' }),
        created_at: Instant,
        expires_at: Instant,
        last_used_at: Type.Union([Instant, Type.Null()]),
        description: Type.String({ examples: ['Firefox on Linux'] }),
        ip: Type.String(),
        user_agent: Type.Union([Type.String(), Type.Null()]),
        current: Type.Boolean({ description: 'Whether this request uses the token.' }),
      }),
    ),
  },
  { description: 'The live tokens, newest first.' },
)

const tags = ['tokens']

/** Routes for the caller's own tokens. */
export const tokenRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.get(
    '/tokens',
    {
      schema: {
        tags,
        operationId: 'listTokens',
        summary: 'Where am I logged in',
        response: { 200: TokenList, ...failures(401, 429, 503) },
      },
    },
    async (request) => {
      const { sub, jti } = callerOf(request)
      const tokens = await listTokens(ports, sub)
      return {
        tokens: tokens.map(({ created_at, expires_at, last_used_at, ...token }) => ({
          ...token,
          created_at: instant(created_at),
          expires_at: instant(expires_at),
          last_used_at: last_used_at === null ? null : instant(last_used_at),
          current: token.id === jti,
        })),
      }
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
