import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import { Type } from 'typebox'
import { drainBody } from '../../http/drain-body.ts'
import { failures } from '../../http/envelope.ts'
import type { Ports } from '../../ports.ts'
import { callerOf } from '../guard.ts'
import { isAdministrator } from '../scopes.ts'

// An import by name also loads the WebSocket client of `node:http`, which costs 70 ms of the start, and memory.
const { METHODS } = process.getBuiltinModule('node:http')

const headers = {
  'X-Auth-User': { type: 'string', format: 'uuid', description: 'The `public_id` of the user.' },
  'X-Auth-Admin': {
    type: 'string',
    enum: ['true', 'false'],
    description: 'Whether the token has an administrator’s rights.',
  },
  'X-Auth-Token-Id': { type: 'string', format: 'uuid', description: 'The `id` of the token under `/tokens`.' },
}
const valid = (description: string) => Type.Unsafe<undefined>({ type: 'null', description, headers })

const schema = {
  tags: ['accounts'],
  operationId: 'checkToken',
  summary: 'Check a token, for gateways',
  description:
    '`X-Auth-User`, `X-Auth-Admin` and `X-Auth-Token-Id` describe the caller. There is no body. Every method, and every path below, has the same answer.',
  querystring: Type.Object({
    status: Type.Optional(
      Type.String({
        examples: ['200'],
        description: '`200`: answer 200 for a valid token, for gateways that demand it.',
      }),
    ),
  }),
  response: {
    200: valid('The token is valid, and the query asked for 200.'),
    204: valid('The token is valid.'),
    ...failures(401, 429, 503),
  },
}

/** Answers gateways such as nginx (`auth_request`) and Envoy (`ext_authz`), which send the method and the path of their client. */
export const gatewayRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app) => {
  // CONNECT never reaches a route.
  const methods = METHODS.filter((method) => method !== 'CONNECT')
  for (const method of methods) if (!app.supportedMethods.includes(method)) app.addHttpMethod(method)
  // A gateway's client may have sent any body. So the answer comes before a body is read and before a query is validated.
  const route = { schema, onRequest: answer, handler: answer }
  const hidden = { ...route, schema: { ...schema, hide: true } }
  // `GET` adds `HEAD`.
  const others = methods.filter((method) => method !== 'GET' && method !== 'HEAD') as HTTPMethods[]
  app.route({ ...route, method: 'GET', url: '/auth/check' })
  app.route({ ...hidden, method: others, url: '/auth/check' })
  // Without CORS, a preflight of the gateway's client needs a token like any other request.
  app.route({ ...hidden, config: { cors: false }, method: ['GET', ...others], url: '/auth/check/*' })
}

async function answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const claims = callerOf(request)
  const { sub, jti } = claims
  drainBody(request.raw)
  const { status } = request.query as { status?: string | string[] }
  // A gateway may append its client's query to its own, so the first `status` counts.
  const asked = Array.isArray(status) ? status[0] : status
  return reply
    .headers({ 'x-auth-user': sub, 'x-auth-admin': String(isAdministrator(claims)), 'x-auth-token-id': jti })
    .code(asked === '200' ? 200 : 204)
    .send(undefined)
}
