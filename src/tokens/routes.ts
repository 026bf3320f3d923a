import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { clientOf } from '../http/client.ts'
import {
  describeFailure,
  failures,
  noStore,
  Revoked,
  revoked,
  Success,
  success,
  withoutCache,
} from '../http/envelope.ts'
import { forRequest } from '../http/for-request.ts'
import { inGivenOrder, sendPosition } from '../http/page-schema.ts'
import type { Ports } from '../ports.ts'
import { callerOf } from './guard.ts'
import { basePathOf } from './identity.ts'
import { describeToken, listTokens } from './list.ts'
import { describeListed, Token, TokenPage, TokenPosition } from './list-schema.ts'
import { createNamedToken, maxNamed_s, usualNamed_s } from './named.ts'
import { revokeAllTokens, revokeToken } from './revoke.ts'
import { scopes } from './scopes.ts'

const scopeList = Object.entries(scopes).map(([name, what]) => `\`${name}\` (${what})`)
const Naming = Type.Object({
  description: Type.String({
    format: 'token-description',
    examples: ['nightly backup'],
    description: '1 to 100 characters.',
  }),
  expires_in: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: maxNamed_s,
      default: usualNamed_s,
      title: `a whole number from 1 to ${maxNamed_s}`,
      description: 'Seconds until the token expires.',
    }),
  ),
  scope: Type.Optional(
    Type.String({
      examples: ['widgets:read'],
      description: `Separated by single spaces (RFC 6749 §3.3): ${scopeList.join(', ')}. Without it, the token may do what this request’s token may do.`,
    }),
  ),
})
const NamedToken = Type.Object(
  {
    ...Success.properties,
    ...Token.properties,
    access_token: Type.String({ description: 'The token, a compact JWS. Shown once.' }),
    token_type: Type.Literal('bearer'),
    expires_in: Type.Integer({ description: 'Seconds until the token expires.' }),
  },
  { description: 'The entry of the list, and the token.', headers: noStore },
)
const TooMany = describeFailure('The account has as many named tokens as it may have (`TOKEN_LIMIT_ACCOUNT`).')
const TokenQuery = Type.Object({
  ...TokenPosition.properties,
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

const namedTokenRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.post(
    '/tokens',
    {
      config: { needs: 'tokens:write', showsToken: true },
      schema: {
        tags,
        operationId: 'createToken',
        summary: 'Make a named token, for a program',
        description: 'The token ends with the others of the account, and renews nothing.',
        body: Naming,
        response: { 201: NamedToken, ...failures(400, 401, 403, 413, 415, 429, 503), 409: TooMany },
      },
    },
    async (request, reply) => {
      const claims = callerOf(request)
      const made = await createNamedToken(forRequest(ports, request), claims, request.body, clientOf(request))
      const { access_token, expires_in } = made
      const entry = describeListed(describeToken({ ...made.row, last_used_at: null }), claims.jti)
      return withoutCache(reply)
        .code(201)
        .send(
          success('the token has been created', { ...entry, access_token, token_type: 'bearer' as const, expires_in }),
        )
    },
  )
}

/** Routes for the caller's own tokens. */
export const tokenRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  // The path for clients, with the path of a proxy.
  const base = basePathOf(ports.settings) + path
  await app.register(namedTokenRoutes, { ports })
  app.get(
    '/tokens',
    {
      config: { needs: 'tokens:read' },
      schema: {
        tags,
        operationId: 'listTokens',
        summary: 'Where am I logged in',
        description:
          'Follow `links.next` until there is none. A page has what stands there at the time of the request: if older tokens end between two requests, later tokens move forward.',
        querystring: TokenQuery,
        response: { 200: TokenPage, ...failures(400, 401, 403, 429, 503) },
      },
      serializerCompiler: inGivenOrder,
    },
    async (request, reply) => {
      const { sub, jti } = callerOf(request)
      const { page = 1, per_page = 100, current = false } = request.query
      const query = { page, per_page, ...(current && { current }) }
      const { items, total } = await listTokens(ports, { ownerId: sub, ...(current && { jti }) }, query)
      return { tokens: items.map((token) => describeListed(token, jti)), ...sendPosition(reply, base, query, total) }
    },
  )
  app.delete(
    '/tokens/:id',
    {
      config: { revokes: true, needs: 'tokens:write' },
      schema: {
        tags,
        operationId: 'revokeToken',
        summary: 'Revoke one token',
        params: Type.Object({ id: Type.String({ description: "The token's `id` in the list." }) }),
        response: { 200: Revoked, ...failures(400, 401, 403, 404, 413, 415, 429, 503) },
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
      config: { revokes: true, needs: 'tokens:write' },
      schema: {
        tags,
        operationId: 'revokeAllTokens',
        summary: 'Revoke all tokens of the caller, including this one',
        response: { 200: Revoked, ...failures(400, 401, 403, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const claims = callerOf(request)
      const receipt = await revokeAllTokens(forRequest(ports, request), claims.sub, 'all revoked by their user', claims)
      return revoked('you are now disconnected for every device', receipt)
    },
  )
}
