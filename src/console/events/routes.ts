import type { FastifyPluginAsync } from 'fastify'
import type { Ports } from '../../ports.ts'
import { Refusal } from '../../refusal.ts'
import { authenticate } from '../../tokens/authenticate.ts'
import { callerOf, type ReadToken } from '../../tokens/guard.ts'
import { createEventStream } from '../event-stream.ts'
import { followToken } from '../follow.ts'

/**
 * Tells a console what happens to the tokens of its user, as server-sent events (HTML Standard §9.2): `changed` when the console
 * should read its lists again, `ended` when the console's own token counts no more.
 */
export const eventRoutes: FastifyPluginAsync<{ ports: Ports; readToken: ReadToken }> = async (
  app,
  { ports, readToken },
) => {
  const ends = new Set<() => void>()
  let stopping = false
  // A stop waits for running requests. A console whose stream ends asks again at once, perhaps on a connection that is still open.
  app.addHook('preClose', async () => {
    stopping = true
    for (const end of ends) end()
  })
  // HEAD would read the stream for ever.
  app.get('/events', { schema: { hide: true }, exposeHeadRoute: false }, (request, reply) => {
    const token = readToken(request)
    const { stream, send, end } = createEventStream()
    const close = followToken(ports.streams, {
      claims: callerOf(request),
      check: () => authenticate(ports.verification, token),
      send,
      end,
    })
    if (close === undefined) throw new Refusal('too_many_requests', { retry_after_s: 60 })
    ends.add(end)
    stream.once('close', () => {
      ends.delete(end)
      close()
    })
    if (stopping) end()
    // nginx would hold events back.
    return reply.header('x-accel-buffering', 'no').type('text/event-stream; charset=utf-8').send(stream)
  })
}
