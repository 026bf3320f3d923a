import type { FastifyRequest } from 'fastify'
import type { Ports } from '../ports.ts'

/** The same ports with a log that names the request; for routes that write a line, since it costs each of them a logger. */
export function forRequest(ports: Ports, request: FastifyRequest): Ports {
  return { ...ports, log: ports.log.child({ reqId: request.id }) }
}
