import type { FastifyRequest } from 'fastify'
import { networkOf } from './network.ts'

/** The client of a request, as far as the request tells. */
export function clientOf(request: FastifyRequest): { ip: string; network: string; user_agent: string | undefined } {
  const { address: ip } = request
  return { ip, network: networkOf(ip), user_agent: request.headers['user-agent'] }
}
