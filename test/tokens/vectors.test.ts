import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Algorithm, importPublic } from '../../src/keys/keyring.ts'
import { createRemembered } from '../../src/keys/remembered.ts'
import { Refusal } from '../../src/refusal.ts'
import { authenticate } from '../../src/tokens/authenticate.ts'
import type { Claims } from '../../src/tokens/claims.ts'
import { verifyToken } from '../../src/tokens/verify.ts'
import { createSqlite } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'
import { makeVectors, type Vector, type Vectors } from '../vectors/generate.ts'

const folder = new URL('../vectors/', import.meta.url)
const file: Vectors = JSON.parse(readFileSync(new URL('tokens.json', folder), 'utf8'))
const keys = new Map(
  await Promise.all(
    file.keys.map(async ({ kid, alg, ...public_jwk }) => {
      return [kid, await importPublic({ kid, alg: alg as Algorithm, public_jwk })] as const
    }),
  ),
)

/** Returns the code of the refusal, or null. */
async function judge({ token, now }: Vector): Promise<string | null> {
  const verification = {
    expected: file,
    findKey: async (kid: string) => keys.get(kid),
    check: async () => 'live' as const,
    remembered: createRemembered<Claims>(new Map()),
    clock: () => Date.parse(now),
    onUse: () => {},
    unknownState: { occurred: () => {}, resolved: () => {} },
  }
  try {
    // The second time, the verifier remembers the token.
    for (let i = 0; i < 2; i++) await authenticate(verification, token)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
}

describe('the token vectors', () => {
  test('get the expected refusal, or are accepted', async () => {
    for (const vector of file.vectors) assert.equal(await judge(vector), vector.refusal, vector.name)
  })

  test('equal the output of their generator, except for the signatures', async () => {
    const outline = ({ vectors, ...rest }: Vectors) => ({
      ...rest,
      vectors: vectors.map(({ token, ...vector }) => vector),
    })
    const made = makeVectors()
    assert.deepEqual(outline(file), outline(made))
    for (const vector of made.vectors) assert.equal(await judge(vector), vector.refusal, vector.name)
  })

  test('are numerous and have unique names', () => {
    const count = (refusal: string | null) => file.vectors.filter((vector) => vector.refusal === refusal).length
    assert.deepEqual([count(null), count('token_expired')], [16, 5])
    assert.ok(count('token_invalid') > 100)
    assert.equal(new Set(file.vectors.map(({ name }) => name)).size, file.vectors.length)
  })

  test('do not appear in the reason of their refusal', async () => {
    for (const { token } of file.vectors) {
      await verifyToken(token, async (kid) => keys.get(kid), file).catch((error: Refusal) => {
        const said = `${error.message} ${error.detail.why}`
        for (const part of token.split('.')) assert.ok(part.length < 20 || !said.includes(part))
      })
    }
  })

  test('get the message of their refusal from a service that signs with their key', async (t) => {
    const messages = {
      token_invalid: 'Invalid token. Please log in again.',
      token_expired: 'Access token expired. Please log in again.',
    }
    const home = mkdtempSync(join(tmpdir(), 'latchkey-vectors-'))
    const SIGNING_KEY_FILE = join(home, 'test-only-key.json')
    const { ES256 } = JSON.parse(readFileSync(new URL('test-only-keys.json', folder), 'utf8'))
    writeFileSync(SIGNING_KEY_FILE, JSON.stringify(ES256))
    const database = await createSqlite()
    let now = 0
    const service = await startTestService(
      database,
      { SIGNING_KEY_FILE, ISSUER: file.issuer, AUDIENCE: file.audience.join(', ') },
      () => now,
    )
    t.after(async () => {
      await service.stop()
      await database.remove()
      rmSync(home, { recursive: true })
    })
    const check = async ({ name, token, refusal }: Vector) => {
      const { status, json } = await service.call('GET', '/auth/check', { token })
      // The service has only the ES256 key.
      const expected = refusal ?? (/EdDSA|RS256/.test(name) ? 'token_invalid' : null)
      assert.deepEqual([status, json?.message], expected === null ? [204, undefined] : [401, messages[expected]], name)
    }
    // A header cannot carry the other tokens, or not unchanged.
    const sendable = file.vectors.filter(({ token }) => /^[\x21-\x7e]+$/.test(token))
    for (const [instant, vectors] of Map.groupBy(sendable, (vector) => vector.now)) {
      now = Date.parse(instant)
      await Promise.all(vectors.map(check))
    }
  })
})
