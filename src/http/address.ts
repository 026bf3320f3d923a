import { compile } from '@fastify/proxy-addr'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'
import { findClient, type Unreadable } from './forwarded.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The client's IP address in its canonical form, or an identifier such as `_hidden` that a trusted proxy has sent instead
     * (RFC 7239 §6.3). @throws Refusal request_malformed if the client has reset the connection, because the socket has no
     * address then
     */
    readonly address: string
  }
}

/**
 * Gives each request the address of its client.
 * @param proxies addresses, ranges and names of ranges that `X-Forwarded-For` and `Forwarded` are trusted from
 * @param unreadable called if the client counts as a proxy, because a proxy has not sent an address
 */
export function readAddresses(app: FastifyInstance, proxies: string[], unreadable: (found: Unreadable) => void): void {
  const inRange = compile(proxies)
  const trusts = (address: string) => inRange(address, 0)
  app.decorateRequest('address', {
    getter() {
      const { headers, socket } = this.raw
      const { remoteAddress } = socket
      if (remoteAddress === undefined) throw new Refusal('request_malformed', { why: 'the client has disconnected' })
      return findClient({ remoteAddress, headers: headers as Record<string, string> }, trusts, unreadable)
    },
  })
}
