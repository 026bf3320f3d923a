import { randomBytes } from 'node:crypto'
import Fastify, { type FastifyInstance, type FastifyPluginAsync, type RouteOptions } from 'fastify'
import { accountRoutes, callerRoutes } from '../accounts/routes.ts'
import type { Ports } from '../ports.ts'
import { tokenRoutes } from '../tokens/routes.ts'
import { widgetRoutes, widgetWriteRoutes } from '../widgets/routes.ts'
import { requireToken } from './bearer.ts'
import { maxBody_bytes, readBodies } from './bodies.ts'
import {
  answerBrokenRequest,
  answerUnroutable,
  decodableUrl,
  passOverExpectations,
  requireHost,
} from './broken-request.ts'
import { lazyCompilers } from './compilers.ts'
import { allowOrigins } from './cors.ts'
import { countAnswers, createCounters } from './counters.ts'
import { answerErrors, answerUnknown, watchRoutes } from './errors.ts'
import { healthRoutes } from './health.ts'
import { limitRequests } from './limits.ts'
import { serveOpenapi } from './openapi.ts'
import type { Audience } from './refusals.ts'
import { answerInTurn } from './turns.ts'
import { createValidation, validateTogether } from './validation.ts'

/** A room's routes. */
export type Routes = FastifyPluginAsync<{ ports: Ports }>

/** Large enough that a token of 100 KB meets our own refusal and not the HTTP parser's. */
const maxHeader_bytes = 128 * 1024

/** How long a request may take to arrive, and a connection may stand still where nobody waits for a fleet. */
const stalled_ms = 30_000

/**
 * The whole HTTP side. Nothing listens yet.
 * @param onRoute told of each route
 */
export async function buildApp(
  ports: Ports,
  version: string,
  onRoute?: (route: RouteOptions) => void,
): Promise<FastifyInstance> {
  const { settings, clock } = ports
  const validation = createValidation({ passwordMin: settings.PASSWORD_MIN_LENGTH, clock })
  const app: FastifyInstance = Fastify({
    genReqId: requestIds(),
    // What is worth a line, `ports.log` gets: Fastify's own would cost each request a logger and two listeners.
    logger: false,
    bodyLimit: maxBody_bytes,
    exposeHeadRoutes: true,
    trustProxy: settings.TRUST_PROXY.length > 0 ? settings.TRUST_PROXY : false,
    routerOptions: { maxParamLength: maxHeader_bytes },
    http: {
      maxHeaderSize: maxHeader_bytes,
      requireHostHeader: false,
      headersTimeout: stalled_ms,
      connectionsCheckingInterval: 5_000,
    },
    requestTimeout: stalled_ms,
    // Of a connection on which nothing moves, such as a client that asks and does not read. Whoever revokes may have to
    // wait for leases to run out, and must not be cut off before the answer, be it that nobody could confirm it.
    connectionTimeout: stalled_ms + 4 * settings.LEASE_MS,
    forceCloseConnections: 'idle',
    // While it leaves, what still arrives on an open connection is answered as ever, and told that it was the last.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    rewriteUrl: decodableUrl,
    frameworkErrors: (_error, _request, reply) => answerUnroutable(reply.raw),
    ...validation,
    schemaController: { compilersFactory: lazyCompilers },
  })
  const { counters, registry } = createCounters(ports)

  if (onRoute) app.addHook('onRoute', onRoute)
  app.decorateRequest('claims', null)
  answerInTurn(app)
  answerErrors(app, ports, counters)
  const refusalFor = watchRoutes(app)
  await allowOrigins(app, settings.CORS_ORIGINS, refusalFor)
  requireHost(app)
  passOverExpectations(app)
  // A scope has the hooks that were there before it: unknown paths are limited too.
  limitRequests(app, settings.RATE_LIMIT)
  answerUnknown(app, counters, refusalFor)
  readBodies(app)
  validateTogether(app, validation.schemaErrorFormatter)
  countAnswers(app, counters)
  await serveOpenapi(app, version)
  healthRoutes(app, ports, registry)
  await app.register(accountRoutes, { ports, prefix: '/api/v1' })
  await app.register(guarded('registered_users', [callerRoutes, tokenRoutes, widgetRoutes]), { ports })
  await app.register(guarded('admin_users', [widgetWriteRoutes]), { ports })
  return app
}

/** Told apart in the log of a whole fleet, through restarts: a name of this process and a count. */
function requestIds(): () => string {
  const name = randomBytes(6).toString('hex')
  let made = 0
  return () => `${name}-${++made}`
}

/** A scope whose routes all need a token. */
function guarded(audience: Audience, rooms: Routes[]): Routes {
  return async (scope, { ports }) => {
    requireToken(scope, ports, audience)
    for (const room of rooms) await scope.register(room, { ports, prefix: '/api/v1' })
  }
}
