import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest, HTTPMethods, RouteOptions } from 'fastify'
import type { Logger } from 'pino'
import { Refusal, type RefusalCode } from '../refusal.ts'
import { drainBody } from './drain-body.ts'
import { failure } from './envelope.ts'
import { toJsonLine } from './json-line.ts'
import type { Counters } from './metrics.ts'
import { isOauth, oauthError } from './oauth-error.ts'
import { type Audience, headersOf, statusOf } from './refusals.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    audience?: Audience
    /** The operator has closed the route: every request is refused. */
    closed?: boolean
  }
}

/** The refusals for Fastify's own errors. */
const fastifyCodes: Record<string, RefusalCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'media_type_unsupported',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'request_malformed',
  FST_ERR_BAD_URL: 'request_malformed',
  FST_ERR_MAX_PARAM_LENGTH: 'path_unknown',
}

/** What {@link answerErrors} needs. */
export interface ErrorAnswers {
  log: Logger
  counters: Counters
  realmDomain: string
  /** Takes note of an unexpected error. Returns whether the error means that the database is unavailable. */
  noticeUnavailable: (error: Error) => boolean
}

/** Answers every error with the envelope: a refusal with its own status and message, any other error with 500. */
export function answerErrors(app: FastifyInstance, answers: ErrorAnswers): void {
  const { log, counters, realmDomain } = answers
  app.setErrorHandler((error: FastifyError | Refusal, request, reply) => {
    drainBody(request.raw)
    const refusal = toRefusal(error, answers)
    if (refusal === undefined) return sendFault(log, error, request, reply)
    counters.refusal(refusal.code)
    const { why, cause } = refusal.detail
    log.debug({ reqId: request.id, code: refusal.code, why: why ?? cause?.message }, 'refused')
    const audience: Audience = request.routeOptions.config.audience ?? 'registered_users'
    const status = statusOf[refusal.code]
    return reply
      .code(status)
      .headers(headersOf(refusal, audience, realmDomain))
      .type('application/json; charset=utf-8')
      .serializer(toJsonLine)
      .send(isOauth(request.url) ? oauthError(refusal, status) : failure(refusal.message, refusal.detail))
  })
}

function toRefusal(error: FastifyError | Refusal, { noticeUnavailable }: ErrorAnswers): Refusal | undefined {
  if (error instanceof Refusal) return error
  const code = fastifyCodes[error.code]
  if (code !== undefined) return new Refusal(code)
  // Fastify and the HTTP parser give a status below 500 to the errors of a client.
  if ((error.statusCode ?? 500) < 500) return new Refusal('request_malformed', { why: error.code })
  return noticeUnavailable(error) ? new Refusal('database_unavailable', { why: error.message }) : undefined
}

function sendFault(log: Logger, error: Error, request: FastifyRequest, reply: FastifyReply) {
  log.error({ reqId: request.id, err: error }, 'fault')
  return reply
    .code(500)
    .type('application/json; charset=utf-8')
    .serializer(toJsonLine)
    .send(
      isOauth(request.url)
        ? { error: 'server_error', error_description: `request ${request.id}` }
        : { status: 'error', message: 'Internal server error', request_id: request.id },
    )
}

function patternOf(path: string): RegExp {
  const parts = path.split('/').map((part) => {
    if (part === '*') return '.+'
    return part.startsWith(':') ? '[^/]+' : RegExp.escape(part)
  })
  return new RegExp(`^${parts.join('/')}$`)
}

/** Returns the path as the router reads it: decoded, except for escaped delimiters such as `%2F`. */
function pathOf(url: string): string {
  return decodeURI(url.split(/[?#]/, 1)[0] as string)
}

/** What is known of a path, whether or not the path has a route for the request. */
export interface KnownRoutes {
  /** The refusal for a request without a route: method_not_allowed if the path is known, else path_unknown. */
  refusalFor: (request: FastifyRequest) => Refusal
  /** Whether no page of another origin may call the path. */
  isOwn: (request: FastifyRequest) => boolean
}

export function watchRoutes(app: FastifyInstance): KnownRoutes {
  const known = new Map<string, { pattern: RegExp; methods: string[]; route: RouteOptions }>()
  app.addHook('onRoute', (route) => {
    // The CORS plugin registers `*`, for OPTIONS. The hooks of scopes complete the configuration of a route later.
    if (route.url !== '*') known.set(route.url, { pattern: patternOf(route.url), methods: [], route })
  })
  const find = ({ url }: FastifyRequest) => {
    const path = pathOf(url)
    return [...known.values()].filter(({ pattern }) => pattern.test(path))
  }
  app.addHook('onReady', async () => {
    // Asks the router, because the hook does not see every method that a plugin adds.
    for (const [url, { methods }] of known) {
      methods.push(...app.supportedMethods.filter((method) => app.hasRoute({ url, method: method as HTTPMethods })))
    }
  })
  return {
    refusalFor(request) {
      const allow = [...new Set(find(request).flatMap(({ methods }) => methods))]
      return allow.length === 0 ? new Refusal('path_unknown') : new Refusal('method_not_allowed', { allow })
    },
    isOwn: (request) => find(request).some(({ route }) => route.config?.cors === false),
  }
}

/** Refuses a request without a route before its body is read. */
export function answerUnknown(app: FastifyInstance, counters: Counters, { refusalFor }: KnownRoutes): void {
  // The hooks of this scope run only for requests without a route.
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
