// What a verifier decides, without a network.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { type Algorithm, importPublic } from '../../src/keys/keyring.ts'
import { horizonEntry } from '../../src/revocation/entry.ts'
import { createCore } from '../../src/verifier/core.ts'
import { VerifierError } from '../../src/verifier/error.ts'
import { createTestVerifier } from '../../src/verifier/testing.ts'
import { internals } from '../../src/verifier/wrap.ts'
import { collectGarbage } from '../support/memory.ts'
import type { Vectors } from '../vectors/generate.ts'

const file: Vectors = JSON.parse(readFileSync(new URL('../vectors/tokens.json', import.meta.url), 'utf8'))
const forever = { mono_ms: Number.POSITIVE_INFINITY, wall_ms: Number.POSITIVE_INFINITY }

async function codeOf(promise: Promise<unknown>): Promise<string | null> {
  try {
    await promise
    return null
  } catch (error) {
    if (error instanceof VerifierError) return error.code
    throw error
  }
}

test('the token vectors get the verdicts of the server, also when they are seen again', async (t) => {
  const keys = new Map(
    await Promise.all(
      file.keys.map(async ({ kid, alg, ...public_jwk }) => {
        return [kid, await importPublic({ kid, alg: alg as Algorithm, public_jwk })] as const
      }),
    ),
  )
  const core = createCore({
    expected: () => file,
    realm: () => ({ audience: 'registered_users', domain: 'example.com' }),
    rules: { tolerance_ms: 0, requiredClaims: [] },
    findKey: async (kid) => keys.get(kid),
    onKeyEnded: () => {},
    ask: undefined,
    trouble: () => undefined,
  })
  core.follower.lease = forever
  t.mock.timers.enable({ apis: ['Date'] })
  for (const [now, vectors] of Map.groupBy(file.vectors, (vector) => vector.now)) {
    t.mock.timers.setTime(Date.parse(now))
    for (const { name, token, refusal } of vectors) {
      // An empty text is no token.
      const expected = token === '' ? 'token_missing' : refusal
      for (let i = 0; i < 2; i++) assert.equal(await codeOf(core.verify(token)), expected, name)
      assert.equal(core.verifySync(token) === undefined, refusal !== null, name)
    }
  }
})

test('a tolerance of clocks accepts a token for longer, and never revives a revoked one', async (t) => {
  const strict = await createTestVerifier()
  const lenient = await createTestVerifier({ clockTolerance_s: 30 })
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const iat = Math.floor(Date.now() / 1000)
  for (const [verifier, expired, early] of [
    [strict, 'token_expired', 'token_invalid'],
    [lenient, null, null],
  ] as const) {
    const old = await verifier.issue({ exp: iat - 10 })
    const young = await verifier.issue({ nbf: iat + 10 })
    assert.equal(await codeOf(verifier.verify(old)), expired)
    assert.equal(await codeOf(verifier.verify(young)), early)
    for (const token of [old, young]) assert.equal(verifier.verifySync(token) === undefined, expired !== null)
    const tooOld = await verifier.issue({ exp: iat - 31 })
    assert.equal(await codeOf(verifier.verify(tooOld)), 'token_expired')
  }
  const token = await lenient.issue({ exp: iat - 10 })
  await lenient.verify(token)
  lenient.revoke(token)
  assert.equal(await codeOf(lenient.verify(token)), 'token_revoked')
})

test('a token that was seen is refused from its expiry on, and without a lease nothing is accepted', async (t) => {
  const verifier = await createTestVerifier()
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const token = await verifier.issue({ exp: Math.floor(Date.now() / 1000) + 60 })
  const { claims } = await verifier.verify(token)
  assert.equal(verifier.verifySync(token)?.claims, claims)
  assert.throws(() => {
    ;(claims as { admin: boolean }).admin = true
  }, TypeError)
  verifier.cut()
  assert.equal(verifier.verifySync(token), undefined)
  assert.equal(await codeOf(verifier.verify(token)), 'status_unknown')
  verifier.restore()
  assert.ok(verifier.verifySync(token))
  t.mock.timers.setTime(claims.exp * 1000)
  assert.equal(verifier.verifySync(token), undefined)
  assert.equal(await codeOf(verifier.verify(token)), 'token_expired')
})

test('a token counts from its nbf on, also if it was seen and the clock goes back, and without a lease', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const nbf = Math.floor(Date.now() / 1000) + 10
  for (const onStale of ['refuse', 'ask'] as const) {
    const verifier = await createTestVerifier({ onStale })
    const token = await verifier.issue({ nbf, exp: nbf + 60 })
    if (onStale === 'ask') verifier.cut()
    for (const at of [-1, 0, -1, 0]) {
      t.mock.timers.setTime(nbf * 1000 + at)
      if (at < 0) assert.equal(verifier.verifySync(token), undefined)
      assert.equal(await codeOf(verifier.verify(token)), at < 0 ? 'token_invalid' : null)
    }
  }
})

test('revocations of one token and of a user end what was seen before', async () => {
  const verifier = await createTestVerifier()
  const sub = crypto.randomUUID()
  const [first, second, other] = [await verifier.issue({ sub }), await verifier.issue({ sub }), await verifier.issue()]
  for (const token of [first, second, other]) await verifier.verify(token)
  verifier.revoke(first)
  assert.deepEqual(
    [first, second, other].map((token) => verifier.verifySync(token) !== undefined),
    [false, true, true],
  )
  verifier.revokeUser(sub)
  assert.equal(await codeOf(verifier.verify(second)), 'token_revoked')
  assert.equal(await codeOf(verifier.verify(other)), null)
  assert.equal(await codeOf(verifier.verify(await verifier.issue({ sub }))), null)
  assert.deepEqual(verifier.stats().refused, { token_revoked: 1 })
})

test('a claim that must be there is demanded each time', async () => {
  const verifier = await createTestVerifier({ requiredClaims: ['scope'] })
  const [without, having] = [await verifier.issue(), await verifier.issue({ scope: 'orders' })]
  for (let i = 0; i < 2; i++) {
    assert.equal(await codeOf(verifier.verify(without)), 'token_invalid')
    assert.equal(verifier.verifySync(without), undefined)
    assert.equal(await codeOf(verifier.verify(having)), null)
  }
})

test('rights: an administrator, and each scope of a token that has scopes', async () => {
  const verifier = await createTestVerifier()
  const demand = async (claims: object, options: object) => {
    const headers = new Headers({ authorization: `Bearer ${await verifier.issue(claims)}` })
    return codeOf(verifier.verifyRequest({ headers }, options))
  }
  assert.equal(await demand({}, { admin: true }), 'insufficient_scope')
  assert.equal(await demand({ admin: true }, { admin: true }), null)
  assert.equal(await demand({ admin: true, scope: 'orders' }, { admin: true }), 'insufficient_scope')
  assert.equal(await demand({ scope: 'orders reports' }, { scope: ['orders', 'reports'] }), null)
  assert.equal(await demand({ scope: 'orders' }, { scope: 'reports' }), 'insufficient_scope')
  assert.equal(await demand({}, { scope: 'reports' }), null)
  for (const wrong of [{ admn: true }, { admin: 'yes' }, { optional: true, admin: true }, { scope: 'a"b' }]) {
    await assert.rejects(demand({}, wrong), TypeError)
  }
})

test('refused tokens hold no memory', async () => {
  const verifier = await createTestVerifier({ alg: 'EdDSA' })
  const first = await verifier.issue()
  await verifier.verify(first)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let i = 0; i < 50_000; i++) assert.equal(await codeOf(verifier.verify(`${i}.b.c`)), 'token_invalid')
  collectGarbage()
  assert.ok(process.memoryUsage().heapUsed - before < 10 * 1024 * 1024)
  assert.ok(verifier.verifySync(first))
})

test('a tolerance revives no token that the horizon has passed', async (t) => {
  const verifier = await createTestVerifier({ clockTolerance_s: 600 })
  const core = internals.get(verifier)
  assert.ok(core)
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() })
  const exp = Math.floor(Date.now() / 1000) - 30
  const token = await verifier.issue({ exp })
  assert.equal(await codeOf(verifier.verify(token)), null)
  core.follower.set.add(horizonEntry(exp * 1000))
  assert.equal(verifier.verifySync(token), undefined)
  assert.equal(await codeOf(verifier.verify(token)), 'token_revoked')
})
