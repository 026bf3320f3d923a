import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** How much of a refused body is read, and for how long. */
const patience_bytes = 16 * 1024 * 1024
const patience_ms = 3_000

/** A socket on which Node's way to close it, once the answer is written, can be covered for a while. */
type Closing = Omit<Socket, 'destroySoon'> & { destroySoon?: () => void }

/**
 * For a request that is refused before its body has arrived: reads the rest and throws it away. A connection that is
 * closed with bytes unread is reset, and its client, which still writes, never gets to see the answer (RFC 9112 §9.6). So
 * the connection is closed one way first, and altogether when the rest has come or patience ends.
 */
export function discardRest(request: IncomingMessage): void {
  if (request.complete || !hasBody(request)) return
  const socket: Closing = request.socket
  const cut = () => socket.destroy()
  const timer = setTimeout(cut, patience_ms)
  let left = patience_bytes
  request.on('data', (bytes: Buffer) => {
    left -= bytes.length
    if (left < 0) cut()
  })
  const closeOneWay = () => void socket.end()
  socket.destroySoon = closeOneWay
  request.once('close', () => {
    clearTimeout(timer)
    if (socket.destroySoon === closeOneWay) delete socket.destroySoon
    if (socket.writableEnded) (socket as Socket).destroySoon()
  })
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
