import { Readable } from 'node:stream'
import type { FastifyPluginAsync } from 'fastify'
import type { Ports } from '../../ports.ts'
import { Refusal } from '../../refusal.ts'
import { authenticate } from '../../tokens/authenticate.ts'
import { callerOf, type ReadToken } from '../../tokens/guard.ts'
import { followToken } from '../follow.ts'

/** Events that wait for a console which does not read. */
const maxWaiting_bytes = 16 * 1024

/**
 * Tells a console what happens to the tokens of its user, as server-sent events (HTML Standard §9.2): `changed` when the console
 * should read its lists again, `ended` when the console's own token counts no more.
 */
export const eventRoutes: FastifyPluginAsync<{ ports: Ports; readToken: ReadToken }> = async (
  app,
  { ports, readToken },
) => {
  const open = new Set<Readable>()
  // A stop waits for running requests.
  app.addHook('preClose', async () => {
    for (const stream of open) stream.push(null)
  })
  // HEAD would read the stream for ever.
  app.get('/events', { schema: { hide: true }, exposeHeadRoute: false }, (request, reply) => {
    const token = readToken(request)
    const stream = new Readable({ read() {} })
    const close = followToken(ports.streams, {
      claims: callerOf(request),
      check: () => authenticate(ports.verification, token),
      send: (text) => {
        if (stream.readableLength > maxWaiting_bytes) stream.destroy()
        else stream.push(text)
      },
      end: () => stream.push(null),
    })
    if (close === undefined) throw new Refusal('too_many_requests', { retry_after_s: 60 })
    open.add(stream)
    stream.once('close', () => {
      open.delete(stream)
      close()
    })
    // nginx would hold events back.
    return reply.header('x-accel-buffering', 'no').type('text/event-stream; charset=utf-8').send(stream)
  })
}
