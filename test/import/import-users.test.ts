import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, test } from 'node:test'
import type { ImportOptions } from '../../src/import/batches.ts'
import { type Entry, Flaw } from '../../src/import/entry.ts'
import { importUsers, type UserTotals } from '../../src/import/import-users.ts'
import { openPlaces } from '../../src/import/io/places.ts'
import { type ImportedUser, readUser } from '../../src/import/user.ts'
import { addService } from '../../src/services/add.ts'
import { onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { startTestService, type TestService } from '../support/service.ts'

const password_hash = `$2b$04$${'a'.repeat(53)}`

function entry(place: string, fields: Record<string, unknown>): Entry<ImportedUser> {
  return { place, item: readUser({ password_hash, ...fields }) }
}

async function* iterate<T>(entries: T[]): AsyncGenerator<T> {
  yield* entries
}

onEachDatabase('an import of accounts', (create) => {
  let database: TestDatabase
  let service: TestService
  before(async () => {
    database = await create()
    service = await startTestService(database)
  })
  after(async () => {
    await service.stop()
    await database.remove()
  })

  const run = async (entries: Entry<ImportedUser>[], dryRun = false) => {
    const places = openPlaces()
    const skipped: string[] = []
    const totals: UserTotals = { imported: 0, administrators: 0, present: 0, skipped: 0 }
    const options: ImportOptions = {
      run: randomUUID(),
      dryRun,
      places,
      onSkip: (place, reason) => skipped.push(`${place}: ${reason}`),
    }
    await importUsers(service.ports, iterate(entries), options, totals).finally(places.close)
    return { ...totals, reasons: skipped }
  }
  const stored = (prefix: string) =>
    service.ports.store.selectFrom('user').selectAll().where('email', 'like', `${prefix}%`).execute()

  test('tells what is skipped in the order of the file, whenever the import found out', async () => {
    await service.register({ email: 'order-taken@example.com' })
    const entries = [
      entry('1', { email: 'order-a@example.com' }),
      entry('2', { email: 'order-taken@example.com' }),
      { place: '3', item: new Flaw('is not JSON') },
      entry('4', { email: 'order-A@example.com' }),
      entry('5', { email: 'order-b@example.com', admin: true }),
      entry('6', { email: 'order-taken@example.com' }),
    ]
    const reasons = [
      '2: email: order-taken@example.com is already registered',
      '3: is not JSON',
      '4: email: order-a@example.com is in 1 too',
      '6: email: order-taken@example.com is in 2 too',
    ]
    for (const dryRun of [true, false])
      assert.deepEqual(await run(entries, dryRun), { imported: 2, administrators: 1, present: 0, skipped: 4, reasons })
    assert.deepEqual(await run(entries), { imported: 0, administrators: 0, present: 2, skipped: 4, reasons })
  })

  test('does not count a line that is skipped as the first one with an address', async () => {
    const entries = [
      entry('1', { email: 'first@example.com', username: 'first' }),
      entry('2', { email: 'second@example.com', username: 'first' }),
      entry('3', { email: 'second@example.com', username: 'second' }),
      entry('4', { email: 'third@example.com', password_hash: 'unknown' }),
      entry('5', { email: 'third@example.com' }),
    ]
    const { imported, reasons } = await run(entries)
    assert.equal(imported, 3)
    assert.deepEqual(reasons, ['2: username: first is in 1 too', '4: password_hash has an unknown format'])
  })

  test('gives no account the id of a service, whose tokens the account could then list and end', async () => {
    const added = await addService(service.ports, { name: `a ${database.url.slice(-8)}`, may_revoke_users: false })
    assert.ok(added)
    const { client_id } = added
    const entries = [
      entry('1', { email: 'service@example.com', public_id: client_id.toUpperCase() }),
      entry('2', { email: 'service-b@example.com' }),
    ]
    const reasons = [`1: public_id: ${client_id} belongs to a service`]
    for (const dryRun of [true, false])
      assert.deepEqual(await run(entries, dryRun), { imported: 1, administrators: 0, present: 0, skipped: 1, reasons })
    assert.deepEqual(
      (await stored('service')).map(({ email }) => email),
      ['service-b@example.com'],
    )
  })

  test('of a batch and a half writes all of the accounts, with the time of the import if there is no other', async () => {
    const entries = Array.from({ length: 750 }, (_, i) => entry(`${i}`, { email: `many-${i}@example.com` }))
    const since = Date.now()
    assert.equal((await run(entries)).imported, 750)
    const rows = await stored('many-')
    assert.equal(rows.length, 750)
    assert.ok(rows.every(({ created_at }) => created_at >= since && created_at <= Date.now()))
  })

  test('beside another import and beside registrations makes each account once', async () => {
    const entries = Array.from({ length: 1200 }, (_, i) => entry(`${i}`, { email: `race-${i}@example.com` }))
    const register = async (i: number) => {
      const answer = await service.call('POST', '/auth/register', {
        json: { email: `race-${i}@example.com`, password: 'a long password' },
      })
      return answer.status === 201
    }
    const registering = Array.from({ length: 60 }, (_, i) => register(i * 20))
    const [one, two] = await Promise.all([run(entries), run(entries)])
    const registered = (await Promise.all(registering)).filter(Boolean).length
    assert.equal((await stored('race-')).length, 1200)
    assert.equal(one.imported + two.imported + registered, 1200)
    for (const { imported, present, skipped } of [one, two]) {
      assert.equal(imported + present + skipped, 1200)
      assert.ok(skipped <= registered)
    }
  })
})
