import assert from 'node:assert/strict'
import { test } from 'node:test'
import { calculateJwkThumbprint, createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import { deleteSpentKeys } from '../../src/keys/records.ts'
import { revokeKey } from '../../src/keys/revoke.ts'
import { rotateKeys } from '../../src/keys/rotate.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { assertFails } from './refusals.ts'
import { onEachService, type Subject } from './suite.ts'

const path = '//.well-known/jwks.json'
const minute_ms = 60_000

interface Jwk {
  kid: string
  alg: string
}

const kidOf = (token: string) => decodeProtectedHeader(token).kid as string

onEachService('the key set', (subject) => {
  const read = async (): Promise<Jwk[]> => (await subject.call('GET', path)).json.keys
  const kids = async () => (await read()).map(({ kid }) => kid)
  const logIn = async () => (await subject.newUser()).token

  /** The kids of the key that signs and of the next key. */
  async function currentAndNext() {
    const current = kidOf(await logIn())
    const others = (await kids()).filter((kid) => kid !== current)
    return { current, next: others.at(-1) as string }
  }

  test('has the public parts of the key that signs and of the next key, and nothing secret', async () => {
    const { status, headers, json } = await subject.call('GET', path)
    assert.equal(status, 200)
    assert.match(String(headers['content-type']), /^application\/json/)
    assert.equal(headers['cache-control'], 'public, max-age=300')
    assert.deepEqual(Object.keys(json), ['keys'])
    assert.equal(json.keys.length, 2)
    for (const key of json.keys) {
      assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
      assert.deepEqual([key.kty, key.crv, key.use, key.alg], ['EC', 'P-256', 'sig', 'ES256'])
      assert.equal(key.kid, await calculateJwkThumbprint(key))
    }
    assert.ok((await kids()).includes(kidOf(await logIn())))
  })

  test('verifies tokens by createRemoteJWKSet of jose', async () => {
    const { address } = subject.service
    const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', address))
    const { payload } = await jwtVerify(await logIn(), keys, {
      issuer: address,
      audience: address,
      typ: 'at+jwt',
      currentDate: new Date(subject.now),
      requiredClaims: ['iss', 'aud', 'sub', 'client_id', 'iat', 'exp', 'jti'],
    })
    assert.equal(payload.client_id, 'latchkey')
  })

  test('has an ETag, and is not sent again to a client that has it', async () => {
    const { headers, text } = await subject.call('GET', path)
    const etag = String(headers.etag)
    assert.match(etag, /^"[\w-]+"$/)
    for (const value of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await subject.call(method, path, { headers: ['If-None-Match', value] })
        assert.deepEqual([answer.status, answer.text, answer.headers.etag], [304, '', etag], value)
        assert.equal(answer.headers['cache-control'], 'public, max-age=300')
      }
    }
    for (const value of ['"other"', etag.replaceAll('"', ''), '', ',,']) {
      const answer = await subject.call('GET', path, { headers: ['If-None-Match', value] })
      assert.deepEqual([answer.status, answer.text], [200, text], value)
    }
    const head = await subject.call('HEAD', path)
    assert.deepEqual([head.status, head.text, head.headers.etag], [200, '', etag])
    assertFails(await subject.call('POST', path, { json: {} }), 405)
  })

  test('announces a key for at least max-age before the key signs', async () => {
    const { current, next } = await currentAndNext()
    subject.now += 10 * minute_ms
    assert.deepEqual(await rotateKeys(subject.service.ports), { kid: next, alg: 'ES256', signs_from: null })
    assert.equal(kidOf(await logIn()), next, 'a key that was announced for long signs at once')
    const following = (await currentAndNext()).next
    assert.ok(![current, next].includes(following))
    assert.deepEqual(new Set(await kids()), new Set([current, next, following]), 'the former key has a live token')

    const { signs_from } = await rotateKeys(subject.service.ports)
    assert.ok(signs_from !== null && signs_from >= subject.now + 5 * minute_ms)
    assert.deepEqual(await rotateKeys(subject.service.ports), { kid: following, alg: 'ES256', signs_from })
    subject.now = signs_from - 1
    await subject.service.ports.keys.reload()
    assert.equal(kidOf(await logIn()), next)
    subject.now += 1
    await subject.service.ports.keys.reload()
    assert.equal(kidOf(await logIn()), following)
    assert.ok((await kids()).length >= 3, 'there is a next key again')
  })

  test('loses a revoked key at once, also the next key, and gets another next key', async () => {
    const { current, next } = await currentAndNext()
    const etag = (await subject.call('GET', path)).headers.etag
    assert.equal((await latchkey(['key', 'revoke', next], { DATABASE_URL: subject.database.url })).code, 0)
    const after = await kids()
    assert.ok(!after.includes(next) && after.includes(current))
    const another = (await currentAndNext()).next
    assert.notEqual(another, next)
    assert.equal(kidOf(await logIn()), current)
    const headers = ['If-None-Match', String(etag)]
    assert.equal((await subject.call('GET', path, { headers })).status, 200)

    await revokeKey(subject.service.ports, current)
    assert.ok(!(await kids()).includes(current))
    assert.equal(kidOf(await logIn()), another, 'after a revocation the next key signs at once')
    assert.ok((await currentAndNext()).next !== undefined)
  })

  test('loses a key when the last token of the key has expired', async () => {
    const { current, next } = await currentAndNext()
    subject.now += 10 * minute_ms
    await rotateKeys(subject.service.ports)
    assert.ok((await kids()).includes(current))
    await deleteTokensOf(subject, current)
    assert.ok(!(await kids()).includes(current))
    assert.ok((await kids()).includes(next))
  })
})

/** As housekeeping does when the tokens have expired. */
async function deleteTokensOf({ service }: Subject, kid: string): Promise<void> {
  await service.ports.store.deleteFrom('token').where('kid', '=', kid).execute()
  await deleteSpentKeys(service.ports.store)
}

for (const [TOKEN_ALG, members] of [
  ['EdDSA', ['crv', 'x']],
  ['RS256', ['e', 'n']],
] as const) {
  onEachService(
    `the key set for ${TOKEN_ALG}`,
    (subject) => {
      test('has the members of its kind of key', async () => {
        const { keys } = (await subject.call('GET', path)).json
        assert.equal(keys.length, 2)
        for (const key of keys) {
          assert.equal(key.alg, TOKEN_ALG)
          assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'kid', 'kty', 'use', ...members].toSorted())
        }
      })
    },
    { TOKEN_ALG },
  )
}
