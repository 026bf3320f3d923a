import assert from 'node:assert/strict'
import type { Schema } from '../../src/store/schema.ts'
import { assertUnauthorized } from '../contract/refusals.ts'
import type { Subject } from '../contract/suite.ts'
import type { Answer } from '../support/service.ts'

const tables: (keyof Schema)[] = ['user', 'token', 'revocation', 'signing_key', 'known_address', 'widget']

/** Returns all rows of the database, sorted, without `last_used_at`, which the service writes at any time. */
async function dumpRows({ service }: Subject): Promise<string> {
  const all = await Promise.all(tables.map((table) => service.ports.store.selectFrom(table).selectAll().execute()))
  const rows = all.flat().map((row) => JSON.stringify(row, (name, value) => (name === 'last_used_at' ? null : value)))
  return rows.sort().join('\n')
}

/** Runs an attack. Asserts that the database has not changed and that the service still answers. */
export async function assertHarmless(subject: Subject, attack: () => Promise<void>): Promise<void> {
  const before = await dumpRows(subject)
  await attack()
  assert.equal(await dumpRows(subject), before, 'the attack changed what is stored')
  await assertAlive(subject)
}

export async function assertAlive(subject: Subject): Promise<void> {
  assert.equal((await subject.call('GET', '//healthz')).status, 200)
  assert.equal((await subject.call('GET', '//readyz')).status, 200)
}

/** Asserts that the answer is a refusal with the members of the error envelope, or of RFC 6749 §5.2, and no others. */
export function assertRefused(answer: Answer, statuses: number | readonly number[]): void {
  assert.ok([statuses].flat().includes(answer.status), `${answer.status} ${answer.text.slice(0, 500)}`)
  assert.match(String(answer.headers['content-type']), /^application\/json(;|$)/)
  if (answer.json.error !== undefined) {
    assert.deepEqual(Object.keys(answer.json).sort(), ['error', 'error_description'])
    return
  }
  const { status, message, errors = {}, ...more } = answer.json
  assert.equal(status, 'fail')
  assert.equal(typeof message, 'string')
  assert.ok(Object.values(errors).every((sentence) => typeof sentence === 'string' && sentence.length > 0))
  assert.deepEqual(more, {})
}

/** Asserts that each token is refused as invalid, by a route for users and by a route for administrators. */
export async function assertInvalidTokens(subject: Subject, tokens: Record<string, string>): Promise<void> {
  await assertHarmless(subject, async () => {
    const requests = Object.entries(tokens).map(async ([what, token]) => {
      const headers = ['Authorization', `Bearer ${token}`]
      const answer = await subject.call('GET', '/auth/user', { headers })
      assert.equal(answer.status, 401, `${what}: ${answer.text}`)
      assertUnauthorized(answer, 'invalid')
      assertUnauthorized(await subject.call('DELETE', '/widgets/any', { headers }), 'invalid', 'admin_users')
    })
    await Promise.all(requests)
  })
}
