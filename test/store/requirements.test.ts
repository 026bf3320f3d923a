import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { createPruner } from '../../src/operation/housekeeping.ts'
import { migrate } from '../../src/store/migrate.ts'
import { openDatabase } from '../../src/store/open.ts'
import { functions, pingStore, requireUsable, tables } from '../../src/store/requirements.ts'
import { isDatabaseUnavailable } from '../../src/store/unavailable.ts'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { account, startTestService } from '../support/service.ts'

type Context = Parameters<typeof open>[0]

/** A migrated database, its owner's connection, and a role that has the rights of docs/operating.md and no others. */
async function createGranted(t: Context) {
  const { database, undo } = await open(t, createDatabase)
  const owner = new pg.Client(database.url)
  await owner.connect()
  undo.push(() => owner.end())
  const { store } = await openDatabase(database.url)
  await migrate(store)
  await store.destroy()
  const role = `role_${randomBytes(6).toString('hex')}`
  await owner.query(`create role ${role} login`)
  undo.push(() => owner.query(`drop owned by ${role}; drop role ${role}`))
  await owner.query(`
    grant select, insert, update, delete on all tables in schema public to ${role};
    grant usage, select, update on all sequences in schema public to ${role};`)
  const url = new URL(database.url)
  url.username = role
  return { database: { ...database, url: url.href }, owner, role, undo }
}

test('the lists of tables and functions are complete', async (t) => {
  const { owner } = await createGranted(t)
  const read = async (text: string) => (await owner.query({ text, rowMode: 'array' })).rows.flat()
  const existing = await read(`select tablename from pg_tables where schemaname = 'public' order by 1`)
  assert.deepEqual(
    existing.filter((name) => name !== 'latchkey_migration'),
    tables.toSorted(),
  )
  assert.deepEqual(
    await read(`select distinct proname::text from pg_proc where pronamespace = 'public'::regnamespace order by 1`),
    functions.toSorted(),
  )
})

test('a role that owns nothing runs the service with the documented rights', async (t) => {
  const { database, undo } = await createGranted(t)
  const limits = { LOGIN_LIMIT_ACCOUNT: '10', LOGIN_LIMIT_ADDRESS: '10' }
  const service = await startTestService(database, limits)
  undo.push(service.stop)
  const token = await service.register()
  const logIn = (password: string) => service.call('POST', '/auth/login', { json: { ...account, password } })
  assert.equal((await logIn('wrong horse battery')).status, 401)
  const second = (await logIn(account.password)).json.access_token
  assert.equal((await service.call('POST', '/auth/logout', { token: second })).status, 200)
  assert.equal((await service.call('GET', '/tokens', { token })).status, 200)
  assert.equal((await service.call('GET', '//readyz')).status, 200)
  assert.equal((await service.call('DELETE', '/tokens', { token })).status, 200)
  await createPruner(service.ports)()
  assert.equal((await latchkey(['key', 'rotate'], { DATABASE_URL: database.url })).code, 0)
  assert.equal((await latchkey(['db', 'reset', '--yes'], { DATABASE_URL: database.url })).code, 0)
})

test('a start names each right that is missing, and readiness too', async (t) => {
  const { database, owner, role, undo } = await createGranted(t)
  const { store } = await openDatabase(database.url)
  undo.push(() => store.destroy())
  await requireUsable(store)
  const rights = tables.flatMap((table) => ['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((right) => [right, table]))
  for (const [right = '', name = '', kind = 'table'] of [
    ...rights,
    ['USAGE', 'public.revocation_seq_seq', 'sequence'],
    ...functions.map((name) => ['EXECUTE', name, 'function']),
  ]) {
    const quoted = name === 'user' ? '"user"' : name
    await owner.query(`revoke ${right} on ${kind} ${quoted} from ${role}${kind === 'function' ? ', public' : ''}`)
    const message = `the role in DATABASE_URL lacks a right: ${right} on ${name}`
    await assert.rejects(requireUsable(store), { name: 'StoreError', message })
    await assert.rejects(pingStore(store), (error: Error) => isDatabaseUnavailable(error))
    await owner.query(`grant ${right} on ${kind} ${quoted} to ${role}`)
  }
  await requireUsable(store)
})

for (const { what, change, line } of [
  {
    what: 'the role may not count failed logins',
    change: (role: string) => `revoke insert on login_failure from ${role}`,
    line: 'the role in DATABASE_URL lacks a right: INSERT on login_failure',
  },
  {
    what: 'row security hides tokens',
    change: () => 'alter table token enable row level security',
    line: 'row security hides rows from the role in DATABASE_URL: token',
  },
  {
    what: 'the database is read-only for the role',
    change: (role: string) => `alter role ${role} set default_transaction_read_only = on`,
    line: 'the database is read-only',
  },
  {
    what: 'a table is missing',
    change: () => 'drop table login_failure',
    line: 'the role in DATABASE_URL lacks a right: SELECT on login_failure, INSERT on login_failure, UPDATE on login_failure, DELETE on login_failure',
  },
  {
    what: 'the role has no rights on the tables',
    change: (role: string) => `revoke all on all tables in schema public from ${role}`,
    line: 'the role in DATABASE_URL has no rights on the tables of Latchkey; grant them (docs/operating.md)',
  },
  {
    what: 'arrays lose their nulls',
    change: (role: string) => `alter role ${role} set array_nulls = off`,
    line: 'array_nulls is off for this role or database: it must be on',
  },
]) {
  test(`a server does not start if ${what}, and says so in one line`, async (t) => {
    const { database, owner, role } = await createGranted(t)
    await owner.query(change(role))
    const { code, stdout, stderr } = await latchkey(['serve'], { DATABASE_URL: database.url, PORT: '0' })
    assert.deepEqual({ code, stdout, stderr }, { code: 1, stdout: '', stderr: `latchkey: ${line}\n` })
  })
}

test('a right that is taken away from a running server is 503 until it is given back', async (t) => {
  const { database, owner, role, undo } = await createGranted(t)
  const service = await startTestService(database, { LOGIN_LIMIT_ACCOUNT: '10' })
  undo.push(service.stop)
  const token = await service.register()
  const statuses = async () => {
    const json = { ...account, password: 'wrong horse battery' }
    const calls = [
      service.call('POST', '/auth/login', { json }),
      service.call('GET', '//readyz'),
      service.call('GET', '/auth/check', { token }),
    ]
    return (await Promise.all(calls)).map(({ status }) => status)
  }
  assert.deepEqual(await statuses(), [401, 200, 204])
  await owner.query(`revoke insert on login_failure from ${role}`)
  assert.deepEqual(await statuses(), [503, 503, 204])
  await owner.query(`grant insert on login_failure to ${role}`)
  assert.deepEqual(await statuses(), [401, 200, 204])
})

for (const encoding of ['LATIN2', 'SQL_ASCII', 'EUC_JP']) {
  test(`a database in ${encoding} is refused with a line that says how to make another one`, async (t) => {
    const { database, undo } = await open(t, createDatabase)
    const owner = new pg.Client(database.url)
    await owner.connect()
    undo.push(() => owner.end())
    const name = `test_${randomBytes(6).toString('hex')}`
    await owner.query(`create database ${name} encoding '${encoding}' locale 'C' template template0`)
    undo.push(() => owner.query(`drop database ${name} with (force)`))
    const url = new URL(database.url)
    url.pathname = `/${name}`
    for (const args of [['serve'], ['db', 'migrate'], ['user', 'list']]) {
      const { code, stderr } = await latchkey(args, { DATABASE_URL: url.href })
      assert.equal(code, 1)
      assert.equal(
        stderr,
        `latchkey: DATABASE_URL: cannot open the database: the database "${name}" has the encoding ${encoding}, Latchkey needs UTF8: create database … encoding 'UTF8' template template0\n`,
      )
    }
  })
}

test('a role that may not create tables gets the grant that is missing', async (t) => {
  const { database, owner, role } = await createGranted(t)
  await owner.query(`create schema "Their Own"; grant usage on schema "Their Own" to ${role}`)
  const url = new URL(database.url)
  url.searchParams.set('options', '-c search_path="Their\\ Own"')
  const { store } = await openDatabase(url.href)
  await assert.rejects(migrate(store), ({ message, hint }: Error & { hint?: string }) => {
    assert.match(message, /permission denied for schema/)
    assert.equal(
      hint,
      `an administrator of the database grants the right: grant usage, create on schema "Their Own" to ${role}`,
    )
    return true
  })
  await store.destroy()
})
