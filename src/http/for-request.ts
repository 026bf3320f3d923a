import type { FastifyRequest } from 'fastify'
import type { Logger } from 'pino'

/** Returns the ports with a log that adds the request's id. Only for routes that log: each call creates a logger. */
export function forRequest<P extends { log: Logger }>(ports: P, request: FastifyRequest): P {
  return { ...ports, log: ports.log.child({ reqId: request.id }) }
}
