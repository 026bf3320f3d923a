import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'

/** What a request adds to the ports: the id in each line of the log, and who asks from where. */
interface Requested {
  log: Logger
  origin: { actor: string | null; address: string | null; request_id: string | null }
}

/** Returns the ports with what the request adds. Only for routes that log or change something: each call creates a logger. */
export function forRequest<P extends Requested>(ports: P, request: FastifyRequest): P {
  const { claims } = request as FastifyRequest & { claims?: { sub: string } | null }
  const origin = { actor: claims?.sub ?? null, address: request.address, request_id: request.id }
  return { ...ports, log: ports.log.child({ reqId: request.id }), origin }
}
