import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openKeys } from '../../src/keys/io/keys.ts'
import { importPrivate, makeKeyPair } from '../../src/keys/keyring.ts'
import { createRemembered } from '../../src/keys/remembered.ts'

/** What a process remembers of two tokens, of which the first has been verified. */
function remember() {
  const cache = new Map<string, string>()
  const remembered = createRemembered(cache)
  remembered.set('token', 'claims', remembered.generation())
  return remembered
}

test('a key that the database has lost verifies nothing more, and what it has verified is forgotten', async () => {
  const signing = await importPrivate(await makeKeyPair('ES256'))
  const remembered = remember()
  let verifying = new Map([[signing.kid, signing]])
  const load = async () => ({ signing, trouble: undefined, verifying })
  const keys = await openKeys(load, assert.fail, remembered)
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

test('a key that was revoked verifies nothing more, whatever the database says', async () => {
  const signing = await importPrivate(await makeKeyPair('ES256'))
  const remembered = remember()
  const verifying = new Map([[signing.kid, signing]])
  const keys = await openKeys(async () => ({ signing, trouble: undefined, verifying }), assert.fail, remembered)
  for (let i = 0; i < 2; i++) remembered.dropKey(signing.kid)
  assert.deepEqual(
    [await keys.find(signing.kid), remembered.get('token'), remembered.generation()],
    [undefined, undefined, 1],
  )
  await keys.reload()
  assert.equal(await keys.find(signing.kid), undefined)
})

test('a token that was verified while a key went is not remembered', () => {
  const remembered = remember()
  const before = remembered.generation()
  remembered.forget()
  remembered.set('late', 'claims', before)
  assert.equal(remembered.get('late'), undefined)
  remembered.set('late', 'claims', remembered.generation())
  assert.equal(remembered.get('late'), 'claims')
})

test('all forged tokens that arrive at once share one look at the keys in the database', async () => {
  const signing = await importPrivate(await makeKeyPair('ES256'))
  let looks = 0
  const load = async () => {
    looks++
    return { signing, trouble: undefined, verifying: new Map() }
  }
  const keys = await openKeys(load, assert.fail, remember())
  const names = Array.from({ length: 100 }, (_, i) => `${'x'.repeat(40)}${String(i).padStart(3, '0')}`)
  const found = await Promise.all([...names, '', 'short', 'x'.repeat(44), "' or 1=1--"].map(keys.find))
  assert.ok(found.every((key) => key === undefined))
  assert.equal(looks, 2, 'one at the start, one for all')
})
