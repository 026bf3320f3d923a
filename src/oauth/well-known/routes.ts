import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { cacheable, sendCacheable } from '../../http/cacheable.ts'
import { failures } from '../../http/envelope.ts'
import type { Ports } from '../../ports.ts'
import { metadataOf, metadataPaths } from '../metadata.ts'

const maxAge_s = 300

const Url = Type.String({ format: 'uri' })
const Methods = Type.Array(Type.String())
const Metadata = Type.Object(
  {
    issuer: Type.String({ description: 'The `iss` of new tokens.' }),
    token_endpoint: Url,
    jwks_uri: Url,
    introspection_endpoint: Url,
    revocation_endpoint: Url,
    global_token_revocation_endpoint: Url,
    grant_types_supported: Methods,
    response_types_supported: Methods,
    token_endpoint_auth_methods_supported: Methods,
    introspection_endpoint_auth_methods_supported: Methods,
    revocation_endpoint_auth_methods_supported: Methods,
    global_token_revocation_endpoint_auth_methods_supported: Methods,
    latchkey_audience: Type.Array(Type.String(), { description: 'The `aud` of new tokens.' }),
    latchkey_realm_domain: Type.String({ description: 'The domain in the realm of refusals.' }),
  },
  { title: 'Metadata', description: 'RFC 8414 §2.' },
)
/** The names of the operations. The addresses below a path of the issuer have the same document, and are not described. */
const operationIds = ['getServerMetadata', 'getOpenidConfiguration']

/** Adds the metadata of the authorization server (RFC 8414) at each of its places. */
export const wellKnownRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  const schema = {
    tags: ['discovery'],
    summary: 'Metadata for OAuth clients (RFC 8414)',
    description:
      'Where the endpoints and the keys are, and what they support. The same document at each of its addresses.',
    response: { ...cacheable(Metadata), ...failures(429) },
  }
  for (const [i, path] of metadataPaths(ports.identity.issuer).entries()) {
    const operationId = operationIds[i]
    const described = operationId === undefined ? { ...schema, hide: true } : { ...schema, operationId }
    app.get(path, { schema: described }, async (request, reply) =>
      sendCacheable(request, reply, metadataOf(ports.identity, ports.settings.REALM_DOMAIN), maxAge_s),
    )
  }
}
