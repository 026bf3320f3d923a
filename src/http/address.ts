import type { FastifyRequest } from 'fastify'
import { Refusal } from '../refusal.ts'
import { isAddress } from './network.ts'

/**
 * The client's address. If a trusted proxy forwards something that is not an address, the address is the proxy's own.
 * @throws Refusal request_malformed if the client has reset the connection: it has no address then, and reads no answer
 */
export function addressOf({ ip, socket }: FastifyRequest): string {
  const { remoteAddress } = socket
  if (remoteAddress === undefined) throw new Refusal('request_malformed', { why: 'the client has gone' })
  return isAddress(ip) ? ip : remoteAddress
}
