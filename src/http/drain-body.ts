import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'

/** Limits of what is read of a refused body. */
const max_bytes = 16 * 1024 * 1024
const timeout_ms = 3_000

/** A socket with a replaceable `destroySoon`. Node.js calls this method after the answer. */
type Closing = Omit<Socket, 'destroySoon'> & { destroySoon?: () => void }

/**
 * Reads the rest of the body of a refused request, and drops it. Closing a connection with unread bytes resets it, and
 * a client that still writes never sees the answer (RFC 9112 §9.6). So the server first closes its own direction. It
 * closes the connection when the body has arrived or a limit is reached.
 */
export function drainBody(request: IncomingMessage): void {
  if (request.complete || !hasBody(request)) return
  const socket: Closing = request.socket
  const cut = () => socket.destroy()
  const timer = setTimeout(cut, timeout_ms)
  let left = max_bytes
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
