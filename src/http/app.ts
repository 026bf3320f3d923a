import cors from '@fastify/cors'
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyPluginAsync, LogController } from 'fastify'
import { accountRoutes, callerRoutes } from '../accounts/routes.ts'
import type { Ports } from '../ports.ts'
import { tokenRoutes } from '../tokens/routes.ts'
import { widgetRoutes, widgetWriteRoutes } from '../widgets/routes.ts'
import { requireToken } from './bearer.ts'
import { maxBody_bytes, readBodies } from './bodies.ts'
import { answerBrokenRequest, answerUnroutable, decodableUrl } from './broken-request.ts'
import { createCounters } from './counters.ts'
import { answerErrors, answerUnknown } from './errors.ts'
import { healthRoutes } from './health.ts'
import { limitRequests } from './limits.ts'
import { serveOpenapi } from './openapi.ts'
import type { Audience } from './refusals.ts'
import { createValidation } from './validation.ts'

/** A room's routes. */
export type Routes = FastifyPluginAsync<{ ports: Ports }>

/** Large enough that a token of 100 KB meets our own refusal and not the HTTP parser's. */
const maxHeader_bytes = 128 * 1024

/** The whole HTTP side. Nothing listens yet. */
export async function buildApp(ports: Ports, version: string): Promise<FastifyInstance> {
  const { settings, clock } = ports
  const app: FastifyInstance = Fastify({
    loggerInstance: ports.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: maxBody_bytes,
    exposeHeadRoutes: true,
    trustProxy: settings.TRUST_PROXY.length > 0 ? settings.TRUST_PROXY : false,
    routerOptions: { maxParamLength: maxHeader_bytes },
    http: { maxHeaderSize: maxHeader_bytes },
    requestTimeout: 30_000,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerBrokenRequest,
    rewriteUrl: decodableUrl,
    frameworkErrors: (_error, _request, reply) => answerUnroutable(reply.raw),
    ...createValidation({ passwordMin: settings.PASSWORD_MIN_LENGTH, clock }),
  })
  const { counters, registry } = createCounters(ports)

  app.decorateRequest('claims', null)
  answerErrors(app, ports, counters)
  answerUnknown(app)
  readBodies(app)
  limitRequests(app, settings.RATE_LIMIT)
  app.addHook('onResponse', (request, reply, done) => {
    counters.request(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode)
    done()
  })
  if (settings.CORS_ORIGINS.length > 0) {
    await app.register(cors, { origin: settings.CORS_ORIGINS.includes('*') ? '*' : settings.CORS_ORIGINS })
  }
  healthRoutes(app, ports, registry)
  await serveOpenapi(app, version)
  await app.register(accountRoutes, { ports, prefix: '/api/v1' })
  await app.register(guarded('registered_users', [callerRoutes, tokenRoutes, widgetRoutes]), { ports })
  await app.register(guarded('admin_users', [widgetWriteRoutes]), { ports })
  return app
}

/** A scope whose routes all need a token. */
function guarded(audience: Audience, rooms: Routes[]): Routes {
  return async (scope, { ports }) => {
    requireToken(scope, ports, audience)
    for (const room of rooms) await scope.register(room, { ports, prefix: '/api/v1' })
  }
}
