import cors, { type FastifyCorsOptions } from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { KnownRoutes } from './errors.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** `false`: no page of another origin may call the route, and no preflight is answered. */
    cors?: false
  }
}

/** Headers that a page may read in addition to the safelisted ones (Fetch §3.3.4). */
const exposed = ['Allow', 'Link', 'Location', 'Retry-After', 'Total-Count', 'WWW-Authenticate', 'X-Auth-Admin']

/** Lets the pages of these origins call the API. Comes before hooks that refuse, so that pages can read refusals. */
export async function allowOrigins(
  app: FastifyInstance,
  origins: string[],
  { refusalFor, isOwn }: KnownRoutes,
): Promise<void> {
  if (origins.length === 0) return
  // The plugin would answer every OPTIONS. One that is no preflight (Fetch §4.8), or that is for a route of our own pages, gets
  // the same answer as without the plugin.
  app.addHook('onRequest', (request, _reply, done) => {
    const isForPlugin = request.method === 'OPTIONS' && request.routeOptions.url === '*'
    done(isForPlugin && (!isPreflight(request) || isOwn(request)) ? refusalFor(request) : undefined)
  })
  const options: FastifyCorsOptions = {
    origin: origins.includes('*') ? '*' : origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    exposedHeaders: [...exposed, 'X-Auth-Token-Id', 'X-Auth-User'],
  }
  await app.register(cors, {
    delegator: (request: FastifyRequest, done: (error: null, options: FastifyCorsOptions) => void) =>
      done(null, { ...options, preflight: isPreflight(request) }),
  })
}

function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}
