import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type TSchema, Type } from 'typebox'
import { clientOf } from '../http/client.ts'
import { noStore, withoutCache } from '../http/envelope.ts'
import { forRequest } from '../http/for-request.ts'
import { oauthFailures } from '../http/oauth-error.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { issueToken } from '../services/issue.ts'
import type { ServiceRow } from '../services/records.ts'
import { authenticateClient, requireClient } from './client-authentication.ts'
import { introspect } from './introspect.ts'
import { invalid, readForm, readParameters, requireParameter } from './parameters.ts'
import { revokeForHolder } from './revoke.ts'
import { revokeUser } from './revoke-user.ts'

const formType = 'application/x-www-form-urlencoded'
const text = Type.String()
const client = {
  client_id: Type.Optional(Type.String({ description: 'Instead of HTTP Basic.' })),
  client_secret: Type.Optional(Type.String({ description: 'Instead of HTTP Basic.' })),
}
const token = { token: Type.String(), token_type_hint: Type.Optional(Type.String({ description: 'Ignored.' })) }

const TokenRequest = Type.Object({ grant_type: Type.Literal('client_credentials'), ...client })
const TokenQuestion = Type.Object({ ...token, ...client })
const Email = Type.Object({ format: Type.Literal('email'), email: text })
const IssuerAndSubject = Type.Object({ format: Type.Literal('iss_sub'), iss: text, sub: text })
const UserRevocation = Type.Object({ sub_id: Type.Union([Email, IssuerAndSubject]), ...client })

const TokenAnswer = Type.Object(
  {
    access_token: Type.String({ description: 'The token, a compact JWS.' }),
    token_type: Type.Literal('Bearer'),
    expires_in: Type.Integer({ description: 'Seconds until the token expires.' }),
  },
  { title: 'ServiceToken', description: 'RFC 6749 §5.1.', headers: noStore },
)
const Introspection = Type.Object(
  {
    active: Type.Boolean(),
    iss: Type.Optional(text),
    aud: Type.Optional(Type.Unsafe<string | string[]>({ anyOf: [text, Type.Array(text)] })),
    sub: Type.Optional(text),
    client_id: Type.Optional(text),
    username: Type.Optional(text),
    admin: Type.Optional(Type.Boolean()),
    jti: Type.Optional(text),
    gen: Type.Optional(Type.Integer()),
    iat: Type.Optional(Type.Integer()),
    exp: Type.Optional(Type.Integer()),
    nbf: Type.Optional(Type.Number()),
    scope: Type.Optional(text),
    kind: Type.Optional(Type.Literal('named')),
    token_type: Type.Optional(Type.Literal('Bearer')),
  },
  { title: 'Introspection', description: 'RFC 7662 §2.2. Without `active`, nothing else is said.', headers: noStore },
)
const done = (description: string) => Type.Unsafe<undefined>({ type: 'null', description })

/** The handlers read the parameters themselves: RFC 6749 says what to answer to parameters that are wrong. */
const unvalidated = { validatorCompiler: () => () => true }
const forServices = { ...unvalidated, config: { audience: 'services' as const } }

function describe(operationId: string, summary: string, body: TSchema, consumes = formType) {
  return { tags: ['oauth'], operationId, summary, security: [{ service: [] }], consumes: [consumes], body }
}

/** The standards of OAuth 2.0 for services. */
export const oauthRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.post(
    '/token',
    {
      ...forServices,
      schema: {
        ...describe('issueServiceToken', 'A token for a service itself (RFC 6749 §4.4)', TokenRequest),
        response: { 200: TokenAnswer, ...oauthFailures(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const parameters = readForm(request)
      const service = await requireClient(forRequest(ports, request), request, parameters, clientOf(request))
      if (requireParameter(parameters, 'grant_type') !== 'client_credentials') throw new Refusal('grant_unsupported')
      if (parameters.has('scope')) throw new Refusal('scope_invalid')
      const { access_token, expires_in } = await issueToken(forRequest(ports, request), service, clientOf(request))
      return withoutCache(reply).send({ access_token, token_type: 'Bearer' as const, expires_in })
    },
  )
  app.post(
    '/introspect',
    {
      ...forServices,
      schema: {
        ...describe('introspectToken', 'What is known about a token (RFC 7662)', TokenQuestion),
        response: { 200: Introspection, ...oauthFailures(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      const parameters = readForm(request)
      await requireClient(forRequest(ports, request), request, parameters, clientOf(request))
      return withoutCache(reply).send(await introspect(ports, requireParameter(parameters, 'token')))
    },
  )
  app.post(
    '/revoke',
    {
      ...unvalidated,
      schema: {
        ...describe('revokeHeldToken', 'Take a token back (RFC 7009)', TokenQuestion),
        description: 'To hold the token is enough. Client credentials may be sent, and must be right then.',
        security: [{}, { service: [] }],
        response: {
          200: done('No node and no verifier accepts the token. Also for a text that is no token.'),
          ...oauthFailures(400, 401, 413, 415, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const parameters = readForm(request)
      const own = forRequest(ports, request)
      const service = await authenticateClient(own, request, parameters, clientOf(request))
      await revokeForHolder(askedBy(own, service), requireParameter(parameters, 'token'))
      return reply.code(200).send(undefined)
    },
  )
  app.post(
    '/global-token-revocation',
    {
      ...forServices,
      schema: {
        ...describe('revokeTokensOfUser', 'Take all tokens of a user back', UserRevocation, 'application/json'),
        description:
          'draft-parecki-oauth-global-token-revocation, for services that were added with `--may revoke-users`.',
        response: {
          204: done('No node and no verifier accepts a token of the user.'),
          ...oauthFailures(400, 401, 403, 404, 413, 415, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const fields = objectIn(request.body)
      const { sub_id, ...rest } = fields ?? {}
      const own = forRequest(ports, request)
      const service = await requireClient(own, request, readParameters(rest), clientOf(request))
      if (service.may_revoke_users !== 1) throw new Refusal('client_unauthorized')
      if (fields === undefined) throw invalid('the body must be a JSON object')
      if (sub_id === undefined) throw invalid('sub_id is missing')
      await revokeUser(askedBy(own, service), sub_id)
      return reply.code(204).send(undefined)
    },
  )
}

/** Names the service in the audit trail. @param service undefined: the holder of the token, who is not known */
function askedBy(ports: Ports, service: ServiceRow | undefined): Ports {
  return { ...ports, origin: { ...ports.origin, actor: service?.id ?? null } }
}

function objectIn(body: unknown): Record<string, unknown> | undefined {
  return typeof body === 'object' && body !== null && !Array.isArray(body)
    ? (body as Record<string, unknown>)
    : undefined
}
