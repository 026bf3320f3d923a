import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { cacheable, sendCacheable } from '../http/cacheable.ts'
import { failures } from '../http/envelope.ts'
import type { Ports } from '../ports.ts'
import { keySetMaxAge_s } from './announcement.ts'
import { readKeySet } from './jwks.ts'

const PublicKey = Type.Object(
  {
    kty: Type.String({ examples: ['EC'] }),
    use: Type.Literal('sig'),
    alg: Type.String({ examples: ['ES256'] }),
    kid: Type.String({ description: 'The JWK thumbprint (RFC 7638).' }),
    crv: Type.Optional(Type.String()),
    x: Type.Optional(Type.String()),
    y: Type.Optional(Type.String()),
    n: Type.Optional(Type.String()),
    e: Type.Optional(Type.String()),
  },
  { title: 'PublicKey', description: 'A public key (RFC 7517 §4).' },
)
const KeySet = Type.Object(
  { keys: Type.Array(PublicKey) },
  { title: 'KeySet', description: 'The public keys of all tokens that may count, and the key that signs next.' },
)

const keySet = {
  tags: ['discovery'],
  operationId: 'getKeySet',
  summary: 'The public keys, as a JWK Set (RFC 7517 §5)',
  description:
    'A key is in this set for at least the `max-age` of the set before it signs, except after a revocation. A revoked key is gone at once.',
}
/** Adds the key set. */
export const keyRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.get(
    '/.well-known/jwks.json',
    { schema: { ...keySet, response: { ...cacheable(KeySet), ...failures(429, 503) } } },
    async (request, reply) => sendCacheable(request, reply, await readKeySet(ports), keySetMaxAge_s),
  )
}
