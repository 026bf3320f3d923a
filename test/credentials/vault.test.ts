import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createVault } from '../../src/credentials/vault.ts'
import { Refusal } from '../../src/refusal.ts'

const secret = 'a secret of more than 32 characters'
const isUnavailable = (error: unknown) => error instanceof Refusal && error.code === 'logins_unavailable'

test('a sealed text opens for its owner and with its secret only', async () => {
  const sealed = await createVault(secret).seal('TEXT', 'owner')
  assert.ok(!sealed.includes('TEXT'))
  assert.notEqual(sealed, await createVault(secret).seal('TEXT', 'owner'))
  assert.equal(await createVault(secret).open(sealed, 'owner'), 'TEXT')
  await assert.rejects(createVault(secret).open(sealed, 'other'), isUnavailable)
  await assert.rejects(createVault(`${secret} too`).open(sealed, 'owner'), isUnavailable)
  await assert.rejects(createVault('').open(sealed, 'owner'), isUnavailable)
  await assert.rejects(createVault(secret).open(`${sealed.slice(0, -2)}AA`, 'owner'), isUnavailable)
})

test('a text from the time before the secret opens too', async () => {
  const stored = await createVault('').seal('TEXT', 'owner')
  assert.equal(stored, 'TEXT')
  assert.equal(await createVault(secret).open(stored, 'owner'), 'TEXT')
})
