import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { clientOf } from '../http/client.ts'
import { forRequest } from '../http/for-request.ts'
import { takeUpgrade } from '../http/upgrade.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { subprotocol } from '../revocation/feed/frames.ts'
import type { FeedServer } from '../revocation/feed/server.ts'
import { authenticateService, isRegistered } from './authenticate.ts'
import { parseBasic } from './service.ts'

/** OpenAPI cannot describe a WebSocket. docs/feed.md does. */
const feed = { hide: true }

/** Whether the client speaks this version (RFC 6455 §11.3.4). */
function offers(protocols: string | string[] | undefined): boolean {
  return [protocols]
    .flat()
    .join()
    .split(',')
    .some((protocol) => protocol.trim() === subprotocol)
}

/** Routes for other programs. */
export const serviceRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  let server: Promise<FeedServer> | undefined
  // Loaded at the first connection, because a service without verifiers does not need it.
  const open = async () => {
    const { createFeedServer } = await import('../revocation/feed/server.ts')
    const opened = createFeedServer(ports.revocation.feed, ports.log, (id) => isRegistered(ports, id))
    ports.revocation.feed.metrics = opened.metrics
    return opened
  }
  app.get('/revocations', { schema: feed, config: { audience: 'services' } }, async (request, reply) => {
    const credentials = parseBasic(request.headers.authorization ?? '')
    if (credentials === undefined) throw new Refusal('client_invalid')
    const service = await authenticateService(forRequest(ports, request), credentials, clientOf(request))
    if (!ports.revocation.isReady()) throw new Refusal('token_status_unknown')
    if (!offers(request.headers['sec-websocket-protocol'])) throw new Refusal('upgrade_required')
    server ??= open()
    const { accept, isFull } = await server
    if (isFull())
      throw new Refusal('token_status_unknown', { why: 'too many verifiers are connected, or the server stops' })
    const upgrade = takeUpgrade(request, reply)
    if (upgrade === undefined) throw new Refusal('upgrade_required')
    accept(request.raw, upgrade.socket, upgrade.head, service.id)
    return reply
  })
  // The server waits for open connections, so the verifiers have to leave before the server closes.
  app.addHook('preClose', async () => (await server)?.stop())
}
