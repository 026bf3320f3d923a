import cors from '@fastify/cors'
import type { FastifyInstance } from 'fastify'

/** What a page may read besides the body (Fetch §3.3.4); a browser hides every other header from it. */
const exposed = ['Allow', 'Link', 'Location', 'Retry-After', 'Total-Count', 'WWW-Authenticate', 'X-Auth-Admin']

/** Lets the pages of these origins call the API from a browser; no origin: no page may. Comes before whatever refuses. */
export async function allowOrigins(app: FastifyInstance, origins: string[]): Promise<void> {
  if (origins.length === 0) return
  await app.register(cors, {
    origin: origins.includes('*') ? '*' : origins,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: [...exposed, 'X-Auth-Token-Id', 'X-Auth-User'],
    // An OPTIONS that is no preflight gets the same empty answer, not a refusal in the plugin's own form.
    strictPreflight: false,
  })
}
