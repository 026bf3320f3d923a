import cors from '@fastify/cors'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Refusal } from '../refusal.ts'

/** Headers that a page may read in addition to the safelisted ones (Fetch §3.3.4). */
const exposed = ['Allow', 'Link', 'Location', 'Retry-After', 'Total-Count', 'WWW-Authenticate', 'X-Auth-Admin']

/** Lets the pages of these origins call the API. Comes before hooks that refuse, so that pages can read refusals. */
export async function allowOrigins(
  app: FastifyInstance,
  origins: string[],
  refusalFor: (request: FastifyRequest) => Refusal,
): Promise<void> {
  if (origins.length === 0) return
  // The plugin would answer every OPTIONS. One that is no preflight (Fetch §4.8) is refused, as without the plugin.
  app.addHook('onRequest', (request, _reply, done) => {
    const { method, headers } = request
    const isPreflight = headers.origin !== undefined && headers['access-control-request-method'] !== undefined
    done(method === 'OPTIONS' && !isPreflight ? refusalFor(request) : undefined)
  })
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: [...exposed, 'X-Auth-Token-Id', 'X-Auth-User'],
  })
}
