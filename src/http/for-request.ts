import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'

/** The same ports, with a log that names the request. Only for routes that log, because each call makes a logger. */
export function forRequest<P extends { log: Logger }>(ports: P, request: FastifyRequest): P {
  return { ...ports, log: ports.log.child({ reqId: request.id }) }
}
