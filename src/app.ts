import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import Fastify, {
  type FastifyHttpOptions,
  type FastifyInstance,
  type FastifyPluginAsync,
  type RouteOptions,
} from 'fastify'
import { addressRoutes, linkRoutes } from './accounts/by-mail/routes.ts'
import { factorRoutes, secondStepRoutes } from './accounts/factors/routes.ts'
import { nameFormats } from './accounts/names.ts'
import { passkeyLoginRoutes, passkeyRoutes } from './accounts/passkeys/routes.ts'
import { accountRoutes, callerRoutes } from './accounts/routes.ts'
import { auditRoutes } from './admin/audit/routes.ts'
import { operationRoutes } from './admin/operation/routes.ts'
import { userFormats, userRoutes } from './admin/users/routes.ts'
import { eventRoutes } from './console/events/routes.ts'
import { readPage } from './console/io/files.ts'
import { metricsRoutes } from './console/metrics/routes.ts'
import { keepTokenInCookie, pageRoutes, tokenOfCookie } from './console/routes.ts'
import { passkeyFormats } from './credentials/passkey.ts'
import { passwordFormats } from './credentials/password.ts'
import { readAddresses } from './http/address.ts'
import { maxBody_bytes, readBodies } from './http/bodies.ts'
import {
  answerBrokenRequest,
  answerUnroutable,
  decodableUrl,
  ignoreExpectations,
  requireHost,
} from './http/broken-request.ts'
import { lazyCompilers } from './http/compilers.ts'
import { allowOrigins } from './http/cors.ts'
import { answerErrors, answerUnknown, watchRoutes } from './http/errors.ts'
import { healthRoutes } from './http/health.ts'
import { limitRequests } from './http/limits.ts'
import { countAnswers, createMetrics } from './http/metrics.ts'
import { serveOpenapi } from './http/openapi.ts'
import { answerPipelined } from './http/pipelining.ts'
import { readQueries } from './http/query.ts'
import type { Audience } from './http/refusals.ts'
import { boundUnsent } from './http/unsent.ts'
import { isUpgradeTo, routeUpgrades } from './http/upgrade.ts'
import { createValidation, validateTogether } from './http/validation.ts'
import { keyRoutes } from './keys/routes.ts'
import { addRoomMetrics } from './metrics.ts'
import { oauthRoutes } from './oauth/routes.ts'
import { wellKnownRoutes } from './oauth/well-known/routes.ts'
import { watchProblem } from './operation/problem.ts'
import type { Ports } from './ports.ts'
import { serviceRoutes } from './services/routes.ts'
import { serviceFormats } from './services/service.ts'
import { gatewayRoutes } from './tokens/gateways/routes.ts'
import { type ReadToken, readAuthorization, requireToken } from './tokens/guard.ts'
import { basePathOf } from './tokens/identity.ts'
import { namingFormats } from './tokens/named.ts'
import { tokenRoutes } from './tokens/routes.ts'
import { deadlineFormats } from './widgets/deadline.ts'
import { widgetRoutes, widgetWriteRoutes } from './widgets/routes.ts'
import { widgetFormats } from './widgets/widget.ts'

/** The routes of a room. */
type Routes = FastifyPluginAsync<{ ports: Ports }>

/** Routes that look for the token of a request at a given place. */
type Api = FastifyPluginAsync<{ ports: Ports; readToken: ReadToken }>

/** Large enough for Latchkey, not the HTTP parser, to refuse a token of 100 KB. */
const maxHeader_bytes = 128 * 1024

/** Bound of the answers that clients have not read yet, of all connections together. */
const maxUnsent_bytes = 64 * 1024 * 1024

/** Time for a request to arrive, and base of the timeout of an idle connection. */
const timeout_ms = 30_000

/**
 * Builds the HTTP application from the toolkit in http/ and the routes of the rooms. Does not listen.
 * @param onRoute called for each route
 */
export async function buildApp(
  ports: Ports,
  version: string,
  onRoute?: (route: RouteOptions) => void,
): Promise<FastifyInstance> {
  const { settings, log, availability, revocation } = ports
  const validation = createValidation(formatsFor(ports))
  const app: FastifyInstance = Fastify({ ...serverOptions(ports), ...validation })
  const { counters, registry } = createMetrics()
  addRoomMetrics(registry, ports)

  if (onRoute) app.addHook('onRoute', onRoute)
  app.decorateRequest('claims', null)
  const unreadable = watchProblem(log, 'the address of a client cannot be read', () => performance.now())
  readAddresses(app, settings.TRUST_PROXY, unreadable.occurred)
  answerPipelined(app)
  const noticeUnavailable = availability.noticed
  answerErrors(app, { log, counters, realmDomain: settings.REALM_DOMAIN, noticeUnavailable })
  const known = watchRoutes(app)
  await allowOrigins(app, settings.CORS_ORIGINS, known)
  requireHost(app)
  ignoreExpectations(app)
  // A scope inherits the hooks that exist before it, so unknown paths are limited too.
  limitRequests(app, settings.RATE_LIMIT, ({ id: reqId, address }) =>
    log.info({ reqId, limit: 'RATE_LIMIT', address }, 'refused by a limit'),
  )
  answerUnknown(app, counters, known)
  readBodies(app)
  readQueries(app)
  validateTogether(app, validation.schemaErrorFormatter)
  countAnswers(app, counters)
  const slow = watchProblem(log, 'connections that do not read their answers were reset', () => performance.now())
  boundUnsent(app, maxUnsent_bytes, (address) =>
    slow.occurred({ why: 'the unsent answers take too much memory', address }),
  )
  await serveOpenapi(app, {
    version,
    base: basePathOf(settings),
    ui: settings.UI === 'on',
    home: settings.CONSOLE === 'off',
  })
  const readMetrics = healthRoutes(app, { isReady: revocation.isReady, ping: availability.probe }, registry)
  routeUpgrades(app)
  await app.register(keyRoutes, { ports })
  await app.register(wellKnownRoutes, { ports })
  await app.register(oauthRoutes, { ports, prefix: '/oauth' })
  await app.register(serviceRoutes, { ports, prefix: '/api/v1' })
  await app.register(api, { ports, readToken: readAuthorization, prefix: '/api/v1' })
  if (settings.CONSOLE === 'on') {
    await app.register(pageRoutes, { readPage: () => readPage(pageFolder) })
    await app.register(consoleApi(metricsRoutes(readMetrics)), { ports, prefix: '/console' })
  }
  return app
}

/** One folder up, both in a clone (src) and in the package (dist). */
const pageFolder = fileURLToPath(new URL('../src/console/page', import.meta.url))

/** The API. */
const api: Api = async (scope, { ports, readToken }) => {
  for (const room of [accountRoutes, linkRoutes, secondStepRoutes, passkeyLoginRoutes]) {
    await scope.register(room, { ports })
  }
  await scope.register(
    guarded('registered_users', [
      callerRoutes,
      addressRoutes,
      factorRoutes,
      passkeyRoutes,
      gatewayRoutes,
      tokenRoutes,
      widgetRoutes,
    ]),
    { ports, readToken },
  )
  const administrators = guarded('admin_users', [widgetWriteRoutes, userRoutes, operationRoutes, auditRoutes])
  await scope.register(administrators, { ports, readToken })
}

/** The API again, for the console: the token of a request is in a cookie, and only the console's own page may use the routes. */
function consoleApi(metrics: Api): Routes {
  return async (scope, { ports }) => {
    const readToken = tokenOfCookie(ports)
    keepTokenInCookie(scope, ports)
    await scope.register(api, { ports, readToken, prefix: '/api/v1' })
    await scope.register(guarded('registered_users', [eventRoutes]), { ports, readToken })
    await scope.register(guarded('admin_users', [metrics]), { ports, readToken })
  }
}

function formatsFor({ settings, clock }: Ports) {
  return {
    ...nameFormats,
    ...passkeyFormats,
    ...passwordFormats(settings.PASSWORD_MIN_LENGTH),
    ...namingFormats,
    ...userFormats(clock),
    ...serviceFormats,
    ...widgetFormats,
    ...deadlineFormats(clock),
  }
}

function serverOptions({ settings }: Ports): FastifyHttpOptions<Server> {
  return {
    genReqId: requestIds(),
    // Use cases log through `ports.log`. Fastify's own log would cost each request a logger and two listeners.
    logger: false,
    bodyLimit: maxBody_bytes,
    exposeHeadRoutes: true,
    routerOptions: { maxParamLength: maxHeader_bytes },
    http: {
      maxHeaderSize: maxHeader_bytes,
      requireHostHeader: false,
      headersTimeout: timeout_ms,
      connectionsCheckingInterval: 5_000,
      shouldUpgradeCallback: isUpgradeTo('/api/v1/revocations'),
    },
    requestTimeout: timeout_ms,
    // A revocation may outlast `timeout_ms`, because it waits for leases. Its connection stays open until the answer is
    // sent, even if the answer is 503.
    connectionTimeout: timeout_ms + 4 * settings.LEASE_MS,
    forceCloseConnections: 'idle',
    // While the server closes, it still answers requests on open connections, with `Connection: close`.
    return503OnClosing: false,
    clientErrorHandler: answerBrokenRequest,
    rewriteUrl: decodableUrl,
    frameworkErrors: (_error, _request, reply) => answerUnroutable(reply.raw),
    schemaController: { compilersFactory: lazyCompilers },
  }
}

/** Request ids are unique in the logs of a fleet, also across restarts: a random id of this process, and a counter. */
function requestIds(): () => string {
  const processId = randomBytes(6).toString('hex')
  let count = 0
  return () => `${processId}-${++count}`
}

/** A scope in which every route needs a token. */
function guarded(audience: Audience, rooms: Api[]): Api {
  return async (scope, { ports, readToken }) => {
    requireToken(scope, ports, audience, readToken)
    for (const room of rooms) await scope.register(room, { ports, readToken })
  }
}
