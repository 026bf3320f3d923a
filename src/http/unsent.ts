import type { Socket } from 'node:net'
import type { FastifyInstance, onSendHookHandler } from 'fastify'

/** A smaller answer is not counted. A connection has one answer at a time (pipelining.ts). */
const small_bytes = 8 * 1024

interface Unsent {
  socket: Socket
  bytes: number
}

/**
 * Bounds the memory of answers that clients do not read, for all connections together. Above the bound, the connections that
 * have waited longest are reset. Counts the answers of every route with GET that is registered later, except for streams,
 * which wait for their reader.
 * @param onCut called for each connection that is reset
 */
export function boundUnsent(
  app: FastifyInstance,
  max_bytes: number,
  onCut: (address: string | undefined) => void,
): void {
  // In the order in which the answers began.
  const unsent = new Set<Unsent>()
  let total_bytes = 0
  const remove = (answer: Unsent) => {
    if (unsent.delete(answer)) total_bytes -= answer.bytes
  }
  const cutOldest = () => {
    for (const answer of unsent) {
      if (total_bytes <= max_bytes) return
      remove(answer)
      onCut(answer.socket.remoteAddress)
      // The kernel would keep what `destroy` leaves unsent.
      answer.socket.resetAndDestroy()
    }
  }
  const onSend: onSendHookHandler = ({ raw: { socket } }, { raw: response }, payload, done) => {
    const bytes = typeof payload === 'string' || payload instanceof Buffer ? payload.length : 0
    if (bytes >= small_bytes && !response.closed) {
      const answer = { socket, bytes }
      unsent.add(answer)
      total_bytes += bytes
      // After the last byte was given to the kernel, or the connection has ended.
      response.once('close', () => remove(answer))
      if (total_bytes > max_bytes) cutOldest()
    }
    done(null, payload)
  }
  app.addHook('onRoute', (route) => {
    if ([route.method].flat().includes('GET')) route.onSend = [route.onSend ?? [], onSend].flat()
  })
}
