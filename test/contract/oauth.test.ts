import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { chainFacts } from '../../src/audit/chain.ts'
import { addService } from '../../src/services/add.ts'
import { removeService } from '../../src/services/remove.ts'
import { rotateSecret } from '../../src/services/rotate.ts'
import type { Credentials } from '../../src/services/service.ts'
import type { Answer } from '../support/service.ts'
import { onEachService, type Subject } from './suite.ts'

const json = ['Content-Type', 'application/json']

function basic({ client_id, client_secret }: Credentials): string[] {
  const text = `${encodeURIComponent(client_id)}:${encodeURIComponent(client_secret)}`
  return ['Authorization', `Basic ${Buffer.from(text).toString('base64')}`]
}

function assertRefused(answer: Answer, status: number, error: string): void {
  assert.equal(answer.status, status, answer.text)
  assert.match(String(answer.headers['content-type']), /^application\/json/)
  assert.deepEqual(Object.keys(answer.json).sort(), ['error', 'error_description'])
  assert.equal(answer.json.error, error)
  assert.ok(answer.json.error_description.length > 0)
  if (status === 401) assert.match(String(answer.headers['www-authenticate']), /^Basic realm="/)
}

let names = 0

onEachService('the OAuth routes', (subject: Subject) => {
  async function newService(may_revoke_users = false): Promise<Credentials> {
    const credentials = await addService(subject.service.ports, { name: `service ${++names}`, may_revoke_users })
    assert.ok(credentials)
    return credentials
  }
  const post = (path: string, form: Record<string, string> | [string, string][], headers: string[] = []) =>
    subject.call('POST', `//oauth/${path}`, { form, headers })
  const grant = { grant_type: 'client_credentials' }
  const checks = async (token: string) => (await subject.call('GET', '/auth/check', { token })).status
  const introspect = async (service: Credentials, token: string) =>
    (await post('introspect', { token }, basic(service))).json

  /** What the audit trail says about a user or a service, without receipts. */
  const factsOf = async (id: string, action: string) => {
    const { store } = subject.service.ports
    await chainFacts(subject.service.ports)
    const rows = store.selectFrom('audit').select(['actor', 'details']).where('action', '=', action)
    const told = await rows.where('subject', '=', id).orderBy('seq').execute()
    return told.map(({ actor, details }) => ({ actor, ...JSON.parse(details) }))
  }
  const claimsOf = (token = '') => JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString())
  const jtiOf = (token?: string) => claimsOf(token).jti as string

  test('what ends tokens is in the audit trail, with the service that asked', async () => {
    const service = await newService(true)
    const { email, token } = await subject.newUser()
    const { sub } = claimsOf(token)
    const { json } = await subject.call('POST', '/tokens', { token, json: { description: 'x' } })
    await post('revoke', { token })
    await post('revoke', { token })
    await post('revoke', { token: json.access_token }, basic(service))
    const reason = 'revoked by its holder'
    assert.deepEqual(await factsOf(sub, 'token.revoked'), [
      { actor: null, token: jtiOf(token), reason },
      { actor: service.client_id, token: json.id, reason },
    ])
    const sub_id = { format: 'email', email }
    const ended = await subject.call('POST', '//oauth/global-token-revocation', { json: { sub_id, ...service } })
    assert.equal(ended.status, 204)
    const [fact] = await factsOf(sub, 'tokens.revoked')
    assert.equal(fact.actor, service.client_id)
  })

  test('a service gets a token for itself, which is listed and revocable, and never an administrator’s', async () => {
    const service = await newService()
    for (const answer of [await post('token', grant, basic(service)), await post('token', { ...grant, ...service })]) {
      assert.equal(answer.status, 200, answer.text)
      assert.equal(answer.headers['cache-control'], 'no-store')
      assert.deepEqual([answer.json.token_type, answer.json.expires_in], ['Bearer', 900])
      const token = answer.json.access_token
      const claims = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString())
      assert.deepEqual([claims.sub, claims.client_id, claims.admin], [service.client_id, service.client_id, false])
      const check = await subject.call('GET', '/auth/check', { token })
      assert.deepEqual([check.status, check.headers['x-auth-user']], [204, service.client_id])
      const list = await subject.call('GET', '/tokens', { token })
      assert.ok(list.json.tokens.some(({ id }: { id: string }) => id === claims.jti))
      assert.equal((await subject.call('POST', '/auth/logout', { token })).status, 200)
      assert.equal(await checks(token), 401)
    }
  })

  test('a service’s token is refused where a user is needed', async () => {
    const { json: issued } = await post('token', grant, basic(await newService()))
    const token = issued.access_token
    const user = await subject.call('GET', '/auth/user', { token })
    assert.deepEqual([user.status, user.json.status], [403, 'fail'])
    assert.match(String(user.headers['www-authenticate']), /insufficient_scope/)
    assert.equal((await subject.call('POST', '/widgets', { token, json: {} })).status, 403)
    assert.equal((await subject.call('DELETE', '/tokens', { token })).status, 200)
    assert.equal(await checks(token), 401)
  })

  test('the token endpoint says what is wrong', async () => {
    const service = await newService()
    const wrong = { ...service, client_secret: 'wrong' }
    assertRefused(await post('token', grant), 401, 'invalid_client')
    assertRefused(await post('token', grant, basic(wrong)), 401, 'invalid_client')
    assertRefused(await post('token', { ...grant, ...wrong }), 401, 'invalid_client')
    assertRefused(await post('token', { ...grant, client_id: service.client_id }), 401, 'invalid_client')
    assertRefused(await post('token', { ...grant, client_secret: 'alone' }), 401, 'invalid_client')
    assertRefused(await post('token', grant, ['Authorization', 'Basic !!!']), 401, 'invalid_client')
    assertRefused(await post('token', grant, ['Authorization', 'Bearer abc']), 401, 'invalid_client')
    assertRefused(await post('token', { ...grant, ...service }, basic(service)), 400, 'invalid_request')
    assertRefused(await post('token', { ...grant, client_id: 'other' }, basic(service)), 400, 'invalid_request')
    assertRefused(await post('token', grant, [...basic(service), ...basic(service)]), 400, 'invalid_request')
    const twice: [string, string][] = [
      ['grant_type', 'client_credentials'],
      ['grant_type', 'client_credentials'],
    ]
    assertRefused(await post('token', twice, basic(service)), 400, 'invalid_request')
    assertRefused(await post('token', {}, basic(service)), 400, 'invalid_request')
    assertRefused(await post('token', { grant_type: '' }, basic(service)), 400, 'invalid_request')
    assertRefused(await post('token', { grant_type: 'password' }, basic(service)), 400, 'unsupported_grant_type')
    assertRefused(await post('token', { ...grant, scope: 'a' }, basic(service)), 400, 'invalid_scope')
    const body = JSON.stringify({ ...grant, ...service })
    assertRefused(await subject.call('POST', '//oauth/token', { body, headers: json }), 415, 'invalid_request')
    assert.equal((await post('token', { ...grant, resource: 'ignored' }, basic(service))).status, 200)
  })

  test('credentials may have any characters, percent-encoded', async () => {
    const service = await newService()
    const encoded = [...service.client_id].map((c) => `%${c.charCodeAt(0).toString(16)}`).join('')
    const text = Buffer.from(`${encoded}:${service.client_secret}`).toString('base64')
    assert.equal((await post('token', grant, ['Authorization', `bAsIc ${text}`])).status, 200)
  })

  test('introspection tells a service about live tokens, and nothing about others', async () => {
    const service = await newService()
    const { email, token } = await subject.newUser()
    const answer = await post('introspect', { token, token_type_hint: 'access_token' }, basic(service))
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    assert.deepEqual(answer.json, { ...claims, active: true, username: email, token_type: 'Bearer' })
    assert.equal(answer.headers['cache-control'], 'no-store')
    await subject.call('POST', '/auth/logout', { token })
    const forged = `${token.slice(0, -10)}AAAAAAAAAA`
    for (const dead of [token, forged, 'no token', 'a.b.c', ' ']) {
      assert.deepEqual(await introspect(service, dead), { active: false })
    }
    const [late, seen] = [await subject.newUser(), await subject.newUser()]
    assert.equal((await introspect(service, seen.token)).active, true)
    subject.now += 3_600_000
    for (const { token } of [late, seen]) assert.deepEqual(await introspect(service, token), { active: false })
    assertRefused(await post('introspect', { token }), 401, 'invalid_client')
    assertRefused(await post('introspect', {}, basic(service)), 400, 'invalid_request')
    const own = (await post('token', grant, basic(service))).json.access_token
    const { username, sub } = await introspect(service, own)
    assert.match(username, /^service \d+$/)
    assert.equal(sub, service.client_id)
  })

  test('a token is revoked for its holder, with and without credentials, and any other text is fine too', async () => {
    const service = await newService()
    for (const headers of [[], basic(service)]) {
      const { token } = await subject.newUser()
      for (let i = 0; i < 2; i++) {
        const { status, text } = await post('revoke', { token, token_type_hint: 'refresh_token' }, headers)
        assert.deepEqual([status, text], [200, ''])
        assert.equal(await checks(token), 401)
      }
    }
    for (const token of ['no token', 'a.b.c', ' ']) assert.equal((await post('revoke', { token })).status, 200)
    const { token } = await subject.newUser()
    assertRefused(await post('revoke', { token }, basic({ ...service, client_secret: 'wrong' })), 401, 'invalid_client')
    assertRefused(await post('revoke', { token, client_id: 'x', client_secret: 'y' }), 401, 'invalid_client')
    assertRefused(await post('revoke', {}), 400, 'invalid_request')
    assert.equal(await checks(token), 204)
    assert.equal((await post('revoke', { token, client_id: 'public' })).status, 200)
    assert.equal(await checks(token), 401)
  })

  test('a service with the right ends every token of a user', async () => {
    const service = await newService(true)
    const end = (sub_id: unknown, headers = basic(service)) =>
      subject.call('POST', '//oauth/global-token-revocation', {
        body: JSON.stringify({ sub_id }),
        headers: [...json, ...headers],
      })
    const { email, token } = await subject.newUser()
    const { sub, iss } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    const done = await end({ format: 'email', email: ` ${email.toUpperCase()} ` })
    assert.deepEqual([done.status, done.text], [204, ''])
    assert.equal(await checks(token), 401)
    const other = await subject.newUser()
    const claims = JSON.parse(Buffer.from(other.token.split('.')[1] ?? '', 'base64url').toString())
    assert.equal((await end({ format: 'iss_sub', iss: claims.iss, sub: claims.sub })).status, 204)
    assert.equal(await checks(other.token), 401)
    for (const unknown of [
      { format: 'email', email: 'unknown@example.com' },
      { format: 'email', email: '\0' },
      { format: 'iss_sub', iss, sub: crypto.randomUUID() },
      { format: 'iss_sub', iss: 'https://other.example', sub },
      { format: 'iss_sub', iss, sub: 'x' },
    ]) {
      assert.equal((await end(unknown)).status, 404)
    }
    for (const bad of [
      undefined,
      1,
      'x',
      [],
      {},
      { format: 'phone_number' },
      { format: 'email' },
      { format: 'iss_sub', iss },
    ]) {
      assertRefused(await end(bad), 400, 'invalid_request')
    }
    assertRefused(await end({ format: 'email', email }, []), 401, 'invalid_client')
    assertRefused(await end({ format: 'email', email }, basic(await newService())), 403, 'unauthorized_client')
    assertRefused(await post('global-token-revocation', { sub_id: 'x' }, basic(service)), 400, 'invalid_request')
    for (const body of ['[]', 'null', '1', '{']) {
      const answer = await subject.call('POST', '//oauth/global-token-revocation', {
        body,
        headers: [...json, ...basic(service)],
      })
      assertRefused(answer, 400, 'invalid_request')
    }
  })

  test('other methods, paths, and bodies get such errors too', async () => {
    for (const path of ['token', 'introspect', 'revoke', 'global-token-revocation']) {
      const wrongMethod = await subject.call('GET', `//oauth/${path}`)
      assertRefused(wrongMethod, 405, 'invalid_request')
      assert.equal(wrongMethod.headers.allow, 'POST')
      const large = await post(path, { token: 'x'.repeat(70_000) })
      assertRefused(large, 413, 'invalid_request')
      const xml = await subject.call('POST', `//oauth/${path}`, { body: '<a/>', headers: ['Content-Type', 'text/xml'] })
      assertRefused(xml, 415, 'invalid_request')
    }
    assertRefused(await subject.call('GET', '//oauth/authorize'), 404, 'invalid_request')
  })

  test('a removed service, and an earlier secret, count no more; tokens of a removed service are dead', async () => {
    const service = await newService()
    const { access_token } = (await post('token', grant, basic(service))).json
    const { ports } = subject.service
    const rotated = await rotateSecret(ports, service.client_id, 60)
    assert.ok(rotated)
    for (const each of [service, rotated]) assert.equal((await post('token', grant, basic(each))).status, 200)
    subject.now += 61_000
    assertRefused(await post('token', grant, basic(service)), 401, 'invalid_client')
    assert.equal(await checks(access_token), 204)
    await removeService(ports, service.client_id)
    assert.equal(await checks(access_token), 401)
    assertRefused(await post('introspect', { token: access_token }, basic(rotated)), 401, 'invalid_client')
  })

  test('a service has no more tokens than the limit: the oldest ends', async () => {
    await subject.restart({ TOKEN_LIMIT_ACCOUNT: '2' })
    const service = await newService()
    const tokens: string[] = []
    for (let i = 0; i < 3; i++) {
      subject.now += 1000
      tokens.push((await post('token', grant, basic(service))).json.access_token)
    }
    assert.deepEqual(await Promise.all(tokens.map(checks)), [401, 204, 204])
    assert.deepEqual(await factsOf(service.client_id, 'token.revoked'), [
      { actor: null, token: jtiOf(tokens[0]), reason: 'the account has too many tokens' },
    ])
    await subject.restart()
  })

  test('oauth4webapi and openid-client get, introspect and revoke a token without a special setting', async () => {
    // The libraries have no clock of their own.
    subject.now = Date.now()
    const credentials = await newService()
    const issuer = new URL(subject.service.address)
    const insecure = { [oauth.allowInsecureRequests]: true }
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure }),
    )
    const self: oauth.Client = { client_id: credentials.client_id }
    const authentication = oauth.ClientSecretBasic(credentials.client_secret)
    const granted = await oauth.processClientCredentialsResponse(
      server,
      self,
      await oauth.clientCredentialsGrantRequest(server, self, authentication, {}, insecure),
    )
    const introspected = await oauth.processIntrospectionResponse(
      server,
      self,
      await oauth.introspectionRequest(server, self, authentication, granted.access_token, insecure),
    )
    assert.deepEqual([introspected.active, introspected.sub], [true, credentials.client_id])
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, self, authentication, granted.access_token, insecure),
    )
    assert.equal(await checks(granted.access_token), 401)

    const config = await client.discovery(issuer, credentials.client_id, credentials.client_secret, undefined, {
      execute: [client.allowInsecureRequests],
    })
    const { access_token } = await client.clientCredentialsGrant(config)
    assert.equal((await client.tokenIntrospection(config, access_token)).active, true)
    await client.tokenRevocation(config, access_token)
    assert.equal((await client.tokenIntrospection(config, access_token)).active, false)
  })
})
