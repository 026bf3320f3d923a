import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'

/**
 * Refuses requests of another site's page (Fetch Metadata Request Headers, `Sec-Fetch-Site`), unless the page's origin is one of
 * these. A form of such a page needs no permission by CORS, so a stranger's page could fail logins from the address of its
 * reader and lock the reader out. Browsers send the header over TLS and to this machine; other clients do not send it.
 * @param origins such as `https://app.example`, or `*`
 */
export function refuseCrossSite(app: FastifyInstance, origins: readonly string[]): void {
  if (origins.includes('*')) return
  app.addHook('onRequest', (request, _reply, done) => {
    const { 'sec-fetch-site': site, origin = '' } = request.headers
    done(site === 'cross-site' && !origins.includes(origin) ? new Refusal('cross_site') : undefined)
  })
}
