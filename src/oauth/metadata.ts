import { withoutSlashes } from '../format.ts'
import type { Identity } from '../tokens/identity.ts'

/** How a service proves who it is (RFC 6749 §2.3.1). */
const clientAuthentication = ['client_secret_basic', 'client_secret_post']

/**
 * What a client has to know about this authorization server (RFC 8414 §2). `latchkey_audience` is an extension: a verifier
 * accepts a token that names one of these texts in `aud`. `latchkey_realm_domain` is the domain in the realm of refusals.
 */
export function metadataOf({ issuer, public_url, audience }: Identity, realmDomain: string) {
  return {
    issuer,
    token_endpoint: `${public_url}/oauth/token`,
    jwks_uri: `${public_url}/.well-known/jwks.json`,
    introspection_endpoint: `${public_url}/oauth/introspect`,
    revocation_endpoint: `${public_url}/oauth/revoke`,
    global_token_revocation_endpoint: `${public_url}/oauth/global-token-revocation`,
    grant_types_supported: ['client_credentials'],
    response_types_supported: [],
    token_endpoint_auth_methods_supported: clientAuthentication,
    introspection_endpoint_auth_methods_supported: clientAuthentication,
    // To hold the token is enough.
    revocation_endpoint_auth_methods_supported: [...clientAuthentication, 'none'],
    global_token_revocation_endpoint_auth_methods_supported: clientAuthentication,
    latchkey_audience: [...audience],
    latchkey_realm_domain: realmDomain,
  }
}

/**
 * The places of the metadata, below the root of the server. If the issuer has a path, clients put the well-known part
 * between host and path (RFC 8414 §3.1) or behind the path (OpenID Connect Discovery §4). A proxy that strips its own path
 * makes the second form the plain one.
 */
export function metadataPaths(issuer: string): string[] {
  const names = ['oauth-authorization-server', 'openid-configuration'].map((name) => `/.well-known/${name}`)
  const path = withoutSlashes(URL.parse(issuer)?.pathname ?? '')
  // Other characters have a meaning for the router.
  const suffix = /^(\/[\w.~-]+)+$/.test(path) ? path : ''
  return suffix === '' ? names : [...names, ...names.map((name) => name + suffix)]
}
