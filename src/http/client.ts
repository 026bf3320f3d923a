import type { FastifyRequest } from 'fastify'
import { addressOf } from './address.ts'
import { networkOf } from './network.ts'

/** The client of a request, as far as the request tells. */
export function clientOf(request: FastifyRequest): { ip: string; network: string; user_agent: string | undefined } {
  const ip = addressOf(request)
  return { ip, network: networkOf(ip), user_agent: request.headers['user-agent'] }
}
