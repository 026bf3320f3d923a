import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBearer } from '../../src/http/bearer.ts'
import { Refusal } from '../../src/refusal.ts'

/** Each value of `Authorization`, and what it says: a token, or the code of the refusal. */
const values: [value: string, token: string | undefined, refusal?: string][] = [
  ['Bearer a.b.c', 'a.b.c'],
  ['bearer a.b.c', 'a.b.c'],
  ['BEARER   a.b.c', 'a.b.c'],
  ['Bearer a.b.c d', 'a.b.c d'],
  ['Bearer ', ''],
  ['a.b.c', 'a.b.c'],
  ['abcdef', 'abcdef'],
  ['Bearer', undefined, 'token_missing'],
  ['beareR', undefined, 'token_missing'],
  ['Digest a.b.c', undefined, 'token_missing'],
  ['Basic a.b.c', undefined, 'token_missing'],
  ['Bearers a.b.c', undefined, 'token_missing'],
  [' a.b.c', undefined, 'token_missing'],
  ['Bearer\ta.b.c', 'Bearer\ta.b.c'],
  ['', undefined, 'token_missing'],
]

for (const [value, token, code] of values) {
  test(`reads ${JSON.stringify(value)}`, () => {
    const rawHeaders = ['Host', 'example.com', 'aUTHORIZATION', value, 'X-Authorized-By', 'Bearer x']
    if (token !== undefined) assert.equal(readBearer(rawHeaders), token)
    else assert.throws(() => readBearer(rawHeaders), isRefusal(code))
  })
}

test('two headers are refused, and none is a missing token', () => {
  const one = ['Authorization', 'Bearer a.b.c']
  assert.throws(() => readBearer([...one, ...one]), isRefusal('token_invalid'))
  assert.throws(() => readBearer(['Host', 'example.com']), isRefusal('token_missing'))
})

function isRefusal(code: string | undefined) {
  return (error: unknown) => error instanceof Refusal && error.code === code
}
