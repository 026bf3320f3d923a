// Triggers in the database make each attempt fail, as other processes could by chance. Every retry must come to an end.
import { test } from 'node:test'
import { type Kysely, sql } from 'kysely'
import type { Schema } from '../../src/store/schema.ts'
import { type DatabaseKind, onEachDatabase, open } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'
import { assertFails } from './refusals.ts'

/** Runs a statement before or after each change of a table. */
async function createTrigger(
  store: Kysely<Schema>,
  kind: DatabaseKind,
  when: string,
  statement: string,
): Promise<void> {
  if (kind === 'sqlite') {
    await sql.raw(`create trigger planted ${when} begin ${statement}; end`).execute(store)
    return
  }
  const body = statement.startsWith('select') ? 'return null;' : `${statement}; return new;`
  await sql.raw(`create function planted() returns trigger language plpgsql as $$ begin ${body} end $$`).execute(store)
  await sql.raw(`create trigger planted ${when} for each row execute function planted()`).execute(store)
}

onEachDatabase('a retry', (create, kind) => {
  async function start(t: Parameters<typeof open>[0]): Promise<TestService> {
    const { database, undo } = await open(t, create)
    const service = await startTestService(database)
    undo.push(service.stop)
    return service
  }

  test('of a login ends if the signing key is retired during each attempt', async (t) => {
    const service = await start(t)
    await service.register()
    const { store } = service.ports
    await createTrigger(store, kind, 'after update on "user"', 'update signing_key set retired_at = 1')
    assertFails(await service.call('POST', '/auth/login', { json: account }), 503, 'Logins are temporarily unavailable')
    await sql.raw(kind === 'sqlite' ? 'drop trigger planted' : 'drop trigger planted on "user"').execute(store)
    await service.logIn()
  })

  test('of a registration ends in the same way, and leaves no account', async (t) => {
    const service = await start(t)
    const { store } = service.ports
    await createTrigger(store, kind, 'after insert on "user"', 'update signing_key set retired_at = 1')
    const answer = await service.call('POST', '/auth/register', { json: account })
    assertFails(answer, 503, 'Logins are temporarily unavailable')
    await sql.raw(kind === 'sqlite' ? 'drop trigger planted' : 'drop trigger planted on "user"').execute(store)
    await service.register()
  })

  test('of a login ends if the account changes during each attempt', async (t) => {
    const service = await start(t)
    await service.register()
    const ignore = kind === 'sqlite' ? 'select raise(ignore)' : 'select'
    await createTrigger(service.ports.store, kind, 'before update on "user"', ignore)
    assertFails(await service.call('POST', '/auth/login', { json: account }), 503, 'Logins are temporarily unavailable')
  })

  test('of a widget’s update ends if the widget comes and goes during each attempt', async (t) => {
    const service = await start(t)
    const token = await service.admin()
    const ignore = kind === 'sqlite' ? 'select raise(ignore)' : 'select'
    await createTrigger(service.ports.store, kind, 'before insert on widget', ignore)
    const json = { info_url: 'https://example.com', deadline: '2099-12-31' }
    const answer = await service.call('PUT', '/widgets/first', { token, json })
    assertFails(answer, 503, 'first is being changed by other requests. Please try again.')
  })

  test('of a start ends if other processes replace the signing key during each attempt', async (t) => {
    const service = await start(t)
    const { store } = service.ports
    const ignore = kind === 'sqlite' ? 'select raise(ignore)' : 'select'
    await createTrigger(store, kind, 'before insert on signing_key', ignore)
    await sql`delete from signing_key`.execute(store)
    await service.ports.keys.reload().then(
      () => Promise.reject(new Error('the keys were read')),
      (error: Error) => {
        if (!/other processes keep changing the signing keys/.test(error.message)) throw error
      },
    )
  })
})
