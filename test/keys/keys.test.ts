import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openKeys } from '../../src/keys/io/keys.ts'
import { importPrivate, makeKeyPair } from '../../src/keys/keyring.ts'
import { createRemembered } from '../../src/keys/remembered.ts'

/** Returns a cache that holds one verified token. */
function remember() {
  const cache = new Map<string, string>()
  const remembered = createRemembered(cache)
  remembered.set('token', 'claims', remembered.generation())
  return remembered
}

const unexpected = { trouble: assert.fail, next_trouble: assert.fail }

test('a key that is no longer in the database verifies nothing, and its verified tokens are forgotten', async () => {
  const signing = await importPrivate(await makeKeyPair('ES256'))
  const remembered = remember()
  let verifying = new Map([[signing.kid, signing]])
  const load = async () => ({ signing, trouble: undefined, verifying })
  const keys = await openKeys(load, unexpected, remembered)
  await keys.reload()
  assert.deepEqual(
    [await keys.find(signing.kid), remembered.get('token'), remembered.generation()],
    [signing, 'claims', 0],
  )
  verifying = new Map()
  await keys.reload()
  assert.deepEqual(
    [await keys.find(signing.kid), remembered.get('token'), remembered.generation()],
    [undefined, undefined, 1],
  )
})

test('a revoked key verifies nothing, even if the database still has the key', async () => {
  const signing = await importPrivate(await makeKeyPair('ES256'))
  const remembered = remember()
  const verifying = new Map([[signing.kid, signing]])
  const keys = await openKeys(async () => ({ signing, trouble: undefined, verifying }), unexpected, remembered)
  for (let i = 0; i < 2; i++) remembered.dropKey(signing.kid)
  assert.deepEqual(
    [await keys.find(signing.kid), remembered.get('token'), remembered.generation()],
    [undefined, undefined, 1],
  )
  await keys.reload()
  assert.equal(await keys.find(signing.kid), undefined)
})

test('a token is not remembered if a key was removed during its verification', () => {
  const remembered = remember()
  const before = remembered.generation()
  remembered.forget()
  remembered.set('late', 'claims', before)
  assert.equal(remembered.get('late'), undefined)
  remembered.set('late', 'claims', remembered.generation())
  assert.equal(remembered.get('late'), 'claims')
})

test('concurrent tokens with unknown keys share one read of the keys in the database', async () => {
  const signing = await importPrivate(await makeKeyPair('ES256'))
  let reads = 0
  const load = async () => {
    reads++
    return { signing, trouble: undefined, verifying: new Map() }
  }
  const keys = await openKeys(load, unexpected, remember())
  const names = Array.from({ length: 100 }, (_, i) => `${'x'.repeat(40)}${String(i).padStart(3, '0')}`)
  const found = await Promise.all([...names, '', 'short', 'x'.repeat(44), "' or 1=1--"].map(keys.find))
  assert.ok(found.every((key) => key === undefined))
  assert.equal(reads, 2, 'one at the start, one for all tokens')
})
