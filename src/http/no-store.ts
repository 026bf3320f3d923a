import type { FastifyReply } from 'fastify'

/** RFC 6749 §5.1: a cache must not store an answer with a token, or with another secret. */
export function withoutCache<R extends FastifyReply>(reply: R): R {
  return reply.header('cache-control', 'no-store').header('pragma', 'no-cache') as R
}
