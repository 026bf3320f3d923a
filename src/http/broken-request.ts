import type { Socket } from 'node:net'
import type { ConnectionError } from 'fastify'
import { Refusal } from '../refusal.ts'
import { failure } from './envelope.ts'
import { statusOf } from './refusals.ts'

/** Bytes that are no HTTP request never reach a route; they get the envelope too, and the connection ends. */
export function answerBrokenRequest(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const refusal = new Refusal(error.code === 'HPE_HEADER_OVERFLOW' ? 'headers_too_large' : 'request_malformed')
  const body = JSON.stringify(failure(refusal.message))
  const status = statusOf[refusal.code]
  const head = `HTTP/1.1 ${status} ${status === 431 ? 'Request Header Fields Too Large' : 'Bad Request'}`
  socket.end(
    `${head}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  )
}
