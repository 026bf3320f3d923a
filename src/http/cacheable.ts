import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { describedHeader } from './envelope.ts'
import { toJsonLine } from './json-line.ts'

/** What {@link sendCacheable} adds, for the OpenAPI document. */
const headers = {
  'Cache-Control': describedHeader('How long the document may be kept.'),
  ETag: describedHeader('The version of the document, for `If-None-Match`.'),
}

/** Describes the answers of a route that sends a document by {@link sendCacheable}. */
export function cacheable<S extends TSchema>(document: S) {
  const description = 'The client has this document already (`If-None-Match`).'
  return { 200: { ...document, headers }, 304: Type.Unsafe<undefined>({ type: 'null', description, headers }) }
}

/** Sends JSON that clients and proxies may keep, or 304 if the client has the same document (RFC 9110 §13.1.2). */
export function sendCacheable(request: FastifyRequest, reply: FastifyReply, document: object, maxAge_s: number) {
  const text = toJsonLine(document)
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
  reply.header('cache-control', `public, max-age=${maxAge_s}`).header('etag', etag)
  if (names(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(text)
}

/** Compares weakly, as the RFC demands: a proxy may have made the tag weak. */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
