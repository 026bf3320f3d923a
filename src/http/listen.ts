import dns from 'node:dns/promises'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import type { FastifyInstance } from 'fastify'

/** Errors of listening that mean that this machine has no such address, for example no IPv6. */
const missing = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])

/** Where an app listens. */
export interface Listeners {
  /**
   * Listens on every address of the host: `localhost` may have `::1` and `127.0.0.1`.
   * @param port 0 takes a free one
   * @returns the URLs
   * @throws the error of listening
   */
  listen: (host: string, port: number) => Promise<[string, ...string[]]>
  /** Closes the app. Resolves when the running requests of every address have been answered. */
  close: () => Promise<void>
}

/**
 * The app's own server answers the connections of all addresses. So limits, broken requests and a shutdown do not depend on
 * the address.
 */
export function createListeners(app: FastifyInstance): Listeners {
  const others: Server[] = []
  const closed: Promise<unknown>[] = []
  app.addHook('preClose', async () => {
    for (const server of others) {
      closed.push(once(server, 'close'))
      server.close()
    }
  })
  const add = async (address: string) => {
    // As `node:http` creates its own server.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
      app.server.emit('connection', socket)
    })
    const { port } = app.server.address() as AddressInfo
    await bind(server, address, port)
    others.push(server)
    return `http://${address.includes(':') ? `[${address}]` : address}:${port}`
  }
  return {
    async listen(host, port) {
      const urls = await onEachAddress(host, (address) =>
        app.server.listening ? add(address) : app.listen({ host: address, port }),
      )
      return urls as [string, ...string[]]
    },
    async close() {
      await app.close()
      await Promise.all(closed)
    },
  }
}

/**
 * Binds every address of the host and releases it.
 * @throws the error of listening
 */
export async function tryToListen(host: string, port: number): Promise<void> {
  await onEachAddress(host, async (address) => {
    const server = createServer()
    await bind(server, address, port)
    server.close()
    await once(server, 'close')
  })
}

async function bind(server: Server, host: string, port: number): Promise<void> {
  server.listen({ host, port })
  await once(server, 'listening')
}

/** Skips addresses that this machine does not have, unless the machine has none of them. */
async function onEachAddress<T>(host: string, act: (address: string) => Promise<T>): Promise<T[]> {
  const results: T[] = []
  let failure: unknown
  for (const address of await addressesOf(host)) {
    try {
      results.push(await act(address))
    } catch (error) {
      if (!missing.has((error as NodeJS.ErrnoException).code ?? '')) throw error
      failure = error
    }
  }
  if (results.length === 0) throw failure
  return results
}

/** A browser may reach `localhost` under each of its addresses. Another name stands for its first address. */
async function addressesOf(host: string): Promise<string[]> {
  if (host.toLowerCase() !== 'localhost') return [host]
  const found = await dns.lookup(host, { all: true })
  return [...new Set(found.map(({ address }) => address))]
}
