import type { FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'
import { isAddress } from './network.ts'

/**
 * Returns the client's IP address, or the proxy's if a trusted proxy forwards something that is not an address.
 * @throws Refusal request_malformed if the client has reset the connection, because the socket has no address then
 */
export function addressOf({ ip, socket }: FastifyRequest): string {
  const { remoteAddress } = socket
  if (remoteAddress === undefined) throw new Refusal('request_malformed', { why: 'the client has disconnected' })
  return isAddress(ip) ? ip : remoteAddress
}
