import type { FastifyRequest } from 'fastify'
import { isAddress } from '../accounts/network.ts'
import { Refusal } from '../refusal.ts'

/**
 * The client's address. What a trusted proxy forwards may still be none; then it is the proxy's own.
 * @throws Refusal request_malformed if the client has reset the connection: it has no address then, and reads no answer
 */
export function addressOf({ ip, socket }: FastifyRequest): string {
  const { remoteAddress } = socket
  if (remoteAddress === undefined) throw new Refusal('request_malformed', { why: 'the client has gone' })
  return isAddress(ip) ? ip : remoteAddress
}
