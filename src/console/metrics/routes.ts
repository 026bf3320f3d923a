import type { FastifyPluginAsync } from 'fastify'

/**
 * The figures of this node, for the page of administrators: a browser often cannot reach `/metrics`, which a proxy hides.
 * @param read the text format of Prometheus
 */
export function metricsRoutes(read: () => Promise<string>): FastifyPluginAsync {
  return async (app) => {
    app.get('/metrics', { config: { needs: 'admin' }, schema: { hide: true } }, async (_request, reply) =>
      reply.type('text/plain; charset=utf-8').send(await read()),
    )
  }
}
