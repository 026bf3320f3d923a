import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { assertFails } from './refusals.ts'
import { onEachService } from './suite.ts'

const paths = ['//.well-known/oauth-authorization-server', '//.well-known/openid-configuration']

onEachService('the metadata', (subject) => {
  test('names the issuer, the keys and the endpoints, at both addresses', async () => {
    const { address } = subject.service
    for (const path of paths) {
      const { status, headers, json } = await subject.call('GET', path)
      assert.equal(status, 200)
      assert.match(String(headers['content-type']), /^application\/json/)
      assert.match(String(headers['cache-control']), /^public, max-age=\d+$/)
      assert.deepEqual(json, {
        issuer: address,
        token_endpoint: `${address}/oauth/token`,
        jwks_uri: `${address}/.well-known/jwks.json`,
        introspection_endpoint: `${address}/oauth/introspect`,
        revocation_endpoint: `${address}/oauth/revoke`,
        global_token_revocation_endpoint: `${address}/oauth/global-token-revocation`,
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
        token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        introspection_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post', 'none'],
        global_token_revocation_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
        latchkey_audience: [address],
        latchkey_realm_domain: 'mydomain.com',
      })
      assert.equal((await fetch(json.jwks_uri)).status, 200)
    }
  })

  test('is the same for HEAD, is not sent again to a client that has it, and takes no other method', async () => {
    for (const path of paths) {
      const { headers } = await subject.call('GET', path)
      const head = await subject.call('HEAD', path)
      assert.deepEqual([head.status, head.text, head.headers.etag], [200, '', headers.etag])
      const known = await subject.call('GET', path, { headers: ['If-None-Match', String(headers.etag)] })
      assert.deepEqual([known.status, known.text], [304, ''])
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
        const refused = await subject.call(method, path)
        assertFails(refused, 405)
        assert.equal(refused.headers.allow, 'GET, HEAD')
      }
    }
    assertFails(await subject.call('GET', `${paths[0]}/more`), 404)
  })

  test('is discovered by oauth4webapi, which then verifies a token as RFC 9068 demands', async () => {
    const issuer = new URL(subject.service.address)
    for (const algorithm of ['oauth2', 'oidc'] as const) {
      const options = { algorithm, [oauth.allowInsecureRequests]: true }
      const server = await oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, options))
      assert.equal(server.jwks_uri, `${subject.service.address}/.well-known/jwks.json`)
      // The library has no clock of its own.
      subject.now = Date.now()
      const { token } = await subject.newUser()
      const request = new Request('https://api.example/', { headers: { authorization: `Bearer ${token}` } })
      const claims = await oauth.validateJwtAccessToken(server, request, subject.service.address, {
        [oauth.allowInsecureRequests]: true,
      })
      assert.deepEqual([claims.iss, claims.client_id], [subject.service.address, 'latchkey'])
    }
  })

  test('is discovered by openid-client', async () => {
    for (const algorithm of ['oauth2', 'oidc'] as const) {
      const found = await client.discovery(new URL(subject.service.address), 'id', 'secret', undefined, {
        algorithm,
        execute: [client.allowInsecureRequests],
      })
      assert.equal(found.serverMetadata().introspection_endpoint, `${subject.service.address}/oauth/introspect`)
    }
  })
})

const named = { PUBLIC_URL: 'https://auth.example.com/keys/', AUDIENCE: 'https://api.example,reports' }
onEachService(
  'the metadata of a service behind a proxy',
  (subject) => {
    test('has the URL that clients use, at each place where clients with this issuer look', async () => {
      const url = 'https://auth.example.com/keys'
      for (const path of [...paths, ...paths.map((each) => `${each}/keys`)]) {
        const { status, json } = await subject.call('GET', path)
        assert.equal(status, 200)
        assert.deepEqual([json.issuer, json.jwks_uri], [url, `${url}/.well-known/jwks.json`])
        assert.deepEqual(json.latchkey_audience, ['https://api.example', 'reports'])
      }
      assertFails(await subject.call('GET', `${paths[0]}/other`), 404)
    })

    test('is discovered by clients, which reach the server through the proxy', async () => {
      const { address } = subject.service
      for (const algorithm of ['oauth2', 'oidc'] as const) {
        // The proxy strips its own path, which RFC 8414 puts behind the well-known part.
        const proxy = (url: string | URL | Request, options?: object) => {
          const { pathname } = new URL(String(url))
          return fetch(address + pathname.replace(/^\/keys(?=\/)/, ''), options)
        }
        const issuer = new URL('https://auth.example.com/keys')
        const response = await oauth.discoveryRequest(issuer, { algorithm, [oauth.customFetch]: proxy })
        const server = await oauth.processDiscoveryResponse(issuer, response)
        assert.equal(server.token_endpoint, 'https://auth.example.com/keys/oauth/token')
      }
    })

    test('has ISSUER where that is set, and endpoints under PUBLIC_URL', async () => {
      await subject.restart({ ISSUER: 'https://example.com' })
      const { json } = await subject.call('GET', paths[0] as string)
      assert.deepEqual(
        [json.issuer, json.token_endpoint],
        ['https://example.com', 'https://auth.example.com/keys/oauth/token'],
      )
    })
  },
  named,
)

onEachService(
  'a key set and metadata for pages of another origin',
  (subject) => {
    test('may be read by the pages of CORS_ORIGINS', async () => {
      for (const path of [...paths, '//.well-known/jwks.json']) {
        const { status, headers } = await subject.call('GET', path, { headers: ['Origin', 'https://app.example'] })
        assert.deepEqual([status, headers['access-control-allow-origin']], [200, 'https://app.example'])
      }
    })
  },
  { CORS_ORIGINS: 'https://app.example' },
)
