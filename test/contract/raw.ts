import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Answer } from '../support/service.ts'

/** Sends bytes that no HTTP client would send, and parses what the server answers until it closes the connection. */
export async function sendBytes(address: string, bytes: string | Buffer): Promise<Answer> {
  return parseAnswer(await exchangeBytes(address, bytes))
}

/** Sends bytes and returns all bytes that the server answers until it closes: no answer, one or several. */
export async function exchangeBytes(address: string, bytes: string | Buffer): Promise<string> {
  const socket = connectTo(address)
  const chunks: Buffer[] = []
  socket.on('data', (chunk) => chunks.push(chunk as Buffer))
  // A server that refuses a request may close before it has read everything.
  socket.on('error', () => {})
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

/** Opens a connection. The caller sends and reads. */
export function connectTo(address: string): Socket {
  const { hostname, port } = new URL(address)
  return connect(Number(port), hostname)
}

export function parseAnswer(bytes: string): Answer {
  const [head = '', ...rest] = bytes.split('\r\n\r\n')
  const [start = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [line.split(':', 1)[0]?.toLowerCase(), line.replace(/^[^:]*: */, '')]),
  )
  const text = rest.join('\r\n\r\n')
  return {
    status: Number(start.split(' ')[1]),
    headers,
    text,
    json: text.startsWith('{') ? JSON.parse(text) : undefined,
  }
}
