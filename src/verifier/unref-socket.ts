/** What the WebSocket client of Node.js tells when it sends the headers of a request. */
interface Sent {
  headers?: unknown
  socket?: { unref?: () => void }
}

/**
 * Makes the socket of a handshake not keep the process alive. `WebSocket` has no `unref`, but Node.js tells each request that
 * it sends to `diagnostics_channel`. In other runtimes nothing happens.
 * @param mark a text that only the handshake has among its headers
 * @returns stops watching
 */
export function unrefSocketOf(mark: string): () => void {
  const channels = globalThis.process?.getBuiltinModule?.('node:diagnostics_channel')
  if (channels === undefined) return () => {}
  const name = 'undici:client:sendHeaders'
  const watch = (message: unknown) => {
    const { headers, socket } = message as Sent
    if (String(headers).includes(mark)) socket?.unref?.()
  }
  channels.subscribe(name, watch)
  return () => void channels.unsubscribe(name, watch)
}
