import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods } from 'fastify'
import type { Logger } from 'pino'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { drainBody } from './drain-body.ts'
import { failure } from './envelope.ts'
import type { Counters } from './metrics.ts'
import { type Audience, headersOf, statusOf } from './refusals.ts'

/** The refusals that stand for Fastify's own errors. */
const fastifyCodes: Record<string, RefusalCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'request_malformed',
  FST_ERR_BAD_URL: 'request_malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'path_unknown',
}

/** What answering an error needs. */
export interface ErrorAnswers {
  log: Logger
  counters: Counters
  realmDomain: string
  /** Whether an unexpected error says that the database cannot be used for now. */
  isDatabaseUnavailable: (error: Error) => boolean
}

/** Turns everything that is thrown into the envelope: a refusal as it is, any other error into a fault with a request id. */
export function answerErrors(app: FastifyInstance, answers: ErrorAnswers): void {
  const { log, counters, realmDomain } = answers
  app.setErrorHandler((error: FastifyError | Refusal, request, reply) => {
    drainBody(request.raw)
    const refusal = toRefusal(error, answers)
    if (refusal === undefined) return sendFault(log, error, request, reply)
    counters.refusal(refusal.code)
    log.debug({ reqId: request.id, code: refusal.code, why: refusal.detail.why }, 'refused')
    const audience: Audience = request.routeOptions.config.audience ?? 'registered_users'
    return reply
      .code(statusOf[refusal.code])
      .headers(headersOf(refusal, audience, realmDomain))
      .type('application/json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(failure(refusal.message, refusal.detail.errors))
  })
}

function toRefusal(error: FastifyError | Refusal, { isDatabaseUnavailable }: ErrorAnswers): Refusal | undefined {
  if (error instanceof Refusal) return error
  const code = fastifyCodes[error.code]
  if (code !== undefined) return new Refusal(code)
  // Fastify and the HTTP parser give a status below 500 to the errors of a client.
  if ((error.statusCode ?? 500) < 500) return new Refusal('request_malformed', { why: error.code })
  return isDatabaseUnavailable(error) ? new Refusal('database_unavailable', { why: error.message }) : undefined
}

function sendFault(log: Logger, error: Error, request: FastifyRequest, reply: FastifyReply) {
  log.error({ reqId: request.id, err: error }, 'fault')
  return reply
    .code(500)
    .type('application/json; charset=utf-8')
    .serializer(JSON.stringify)
    .send({ status: 'error', message: 'Internal server error', request_id: request.id })
}

function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => {
    if (part === '*') return '.+'
    return part.startsWith(':') ? '[^/]+' : RegExp.escape(part)
  })
  return new RegExp(`^${parts.join('/')}$`)
}

/** The path as the router takes it: decoded, but for what would part it anew. */
function pathOf(url: string): string {
  return decodeURI(url.split(/[?#]/, 1)[0] as string)
}

/** What a request gets that no route takes: unknown paths and wrong methods are told apart. */
export function watchRoutes(app: FastifyInstance): (request: FastifyRequest) => Refusal {
  const known = new Map<string, { pattern: RegExp; methods: string[] }>()
  app.addHook('onRoute', ({ url }) => {
    // That one is CORS's, for OPTIONS of anything.
    if (url !== '*') known.set(url, { pattern: patternOf(url), methods: [] })
  })
  app.addHook('onReady', async () => {
    // The router is asked: not every method of a path that a plugin adds is told to the hook.
    for (const [url, { methods }] of known) {
      methods.push(...app.supportedMethods.filter((method) => app.hasRoute({ url, method: method as HTTPMethods })))
    }
  })
  return (request) => {
    const path = pathOf(request.url)
    const found = [...known.values()].filter(({ pattern }) => pattern.test(path))
    const allow = [...new Set(found.flatMap(({ methods }) => methods))]
    return allow.length === 0 ? new Refusal('path_unknown') : new Refusal('method_not_allowed', { allow })
  }
}

/** Refuses what no route takes, before any body is read. */
export function answerUnknown(
  app: FastifyInstance,
  counters: Counters,
  refusalFor: (request: FastifyRequest) => Refusal,
): void {
  // A scope of its own: its hooks run for what no route takes and for nothing else.
  app.register(async (scope) => {
    const count = counters.answers('any', 'unknown')
    scope.addHook('onRequest', (request, _reply, done) => done(refusalFor(request)))
    scope.addHook('onSend', (_request, reply, payload, done) => {
      count(reply.statusCode)
      done(null, payload)
    })
    scope.setNotFoundHandler(() => {
      throw new Refusal('path_unknown')
    })
  })
}
