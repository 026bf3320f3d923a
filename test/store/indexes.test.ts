// Statements that must find their rows by an index. The database's query plan shows which index is used.

import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { describe, test } from 'node:test'
import { CompiledQuery, type Kysely, type RootOperationNode } from 'kysely'
import { Migrator } from 'kysely/migration'
import { deleteOldAddresses, findForLogin } from '../../src/accounts/records.ts'
import { deleteExpiredLinks, deleteLinksOf } from '../../src/credentials/links/records.ts'
import { selectSameUsers } from '../../src/import/records.ts'
import { deleteSpentKeys, markKeyRevoked } from '../../src/keys/records.ts'
import { dueMessages } from '../../src/mail/records.ts'
import { migrate } from '../../src/store/migrate.ts'
import * as initial from '../../src/store/migrations/0001-initial.ts'
import * as fleet from '../../src/store/migrations/0002-fleet.ts'
import { openDatabase } from '../../src/store/open.ts'
import type { Schema, Store } from '../../src/store/schema.ts'
import { countLiveTokens, selectLiveTokenPage, selectLiveTokensAfter } from '../../src/tokens/records.ts'
import { createSqlite, type DatabaseKind, onEachDatabase, open, type TestDatabase } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { latchkey } from '../support/process/latchkey.ts'

const kid = 'k'.repeat(43)
const tokens = { ownerId: randomUUID(), now: 1 }

/** Returns a store with the schema of the previous version. */
async function openOld(database: TestDatabase): Promise<Store> {
  const { store } = await openDatabase(database.url)
  const old = { '0001-initial': initial, '0002-fleet': fleet }
  const { error } = await new Migrator({ db: store, provider: { getMigrations: async () => old } }).migrateToLatest()
  assert.equal(error, undefined)
  return store
}

/** Returns the query plans of the statements that `act` runs. PostgreSQL would scan empty tables, so scans are off. */
async function plan(store: Store, kind: DatabaseKind, act: (store: Store) => Promise<unknown>): Promise<string> {
  const nodes: { node: RootOperationNode; queryId: { queryId: string } }[] = []
  const watched = store.withPlugin({
    transformQuery({ node, queryId }) {
      nodes.push({ node, queryId })
      return node
    },
    transformResult: async ({ result }) => result,
  })
  await act(watched as Kysely<Schema>)
  return store.connection().execute(async (connection) => {
    if (kind === 'postgres') await connection.executeQuery(CompiledQuery.raw('set enable_seqscan = off'))
    const lines: string[] = []
    for (const { node, queryId } of nodes) {
      const { sql: text, parameters } = connection.getExecutor().compileQuery(node, queryId)
      const explain = kind === 'postgres' ? 'explain' : 'explain query plan'
      const { rows } = await connection.executeQuery(CompiledQuery.raw(`${explain} ${text}`, [...parameters]))
      lines.push(...rows.map((row) => JSON.stringify(row)))
    }
    return lines.join('\n')
  })
}

onEachDatabase('statements', (create, kind) => {
  for (const [what, index, act] of [
    ['the number of live tokens of a user', 'token_live', (store: Store) => countLiveTokens(store, tokens)],
    [
      'a page of the live tokens of a user',
      'token_live',
      (store: Store) => selectLiveTokenPage(store, tokens, { offset: 100, limit: 100, fromEnd: false }),
    ],
    [
      'the live tokens of a user that follow another',
      'token_live',
      (store: Store) => selectLiveTokensAfter(store, tokens, { issued_at: 1, jti: randomUUID() }, 100),
    ],
    [
      'the live tokens of a key',
      'token_by_key',
      (store: Store) => markKeyRevoked(store, kid, 'x', 1, { after: '', limit: 10 }),
    ],
    ['keys without a token', 'token_by_key', (store: Store) => deleteSpentKeys(store)],
    ['the message that is due next', 'mail_message_due', (store: Store) => dueMessages(store, 1).execute()],
    ['expired links', 'mailed_link_expiry', (store: Store) => deleteExpiredLinks(store, 1, 10)],
    [
      'the links of an account',
      'mailed_link_user',
      (store: Store) => store.transaction().execute((trx) => deleteLinksOf(trx, randomUUID())),
    ],
    ['old addresses', 'known_address_by_age', (store: Store) => deleteOldAddresses(store, 1, 10)],
    [
      'the account of a login, and its decoy,',
      'user_email_key|autoindex_user_2[\\s\\S]*autoindex_user_1',
      (store: Store) => findForLogin(store, { email: 'a@example.com' }, '192.0.2.1', randomUUID()),
    ],
    [
      'the accounts that an import has already made',
      'user_email_key|autoindex_user_1[\\s\\S]*autoindex_user_2[\\s\\S]*autoindex_user_3',
      (store: Store) => selectSameUsers(store, [{ id: randomUUID(), email: 'a@example.com', username: 'a' }]),
    ],
  ] as const) {
    test(`find ${what} by an index`, async (t) => {
      const { database, undo } = await open(t, create)
      const { store } = await openDatabase(database.url)
      undo.push(() => store.destroy())
      await migrate(store)
      const plans = await plan(store, kind, act)
      assert.match(plans, new RegExp(index), plans)
      if (kind === 'sqlite') assert.doesNotMatch(plans, /"SCAN (token|known_address|login_ticket|passkey)/, plans)
      // The index has the rows in their order.
      if (index === 'token_live') assert.doesNotMatch(plans, /SORT|TEMP B-TREE/i, plans)
    })
  }
})

test('the migration from an earlier version is refused while another process uses the SQLite file', async (t) => {
  const { database, undo } = await open(t, createSqlite)
  const old = await openOld(database)
  undo.push(() => old.destroy())
  await old.selectFrom('user').select('id').execute()
  const { code, stderr } = await latchkey(['user', 'list'], { DATABASE_URL: database.url })
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^latchkey: DATABASE_URL: .* is of an earlier version and in use; stop the server of that version first\n$/,
  )
})

describe('the migration to these indexes', () => {
  test('runs while connections of the previous version read and write', async (t) => {
    const { database, undo } = await open(t, createDatabase)
    const old = await openOld(database)
    undo.push(() => old.destroy())
    const id = randomUUID()
    await old
      .insertInto('user')
      .values({ id, email: 'old@example.com', password_hash: 'x', admin: 0, created_at: 1 } as never)
      .execute()
    const write = () => {
      const row = {
        jti: randomUUIDv7(),
        user_id: id,
        kid,
        description: 'old',
        ip: '::1',
        issued_at: 1,
        expires_at: 9e12,
      }
      return old
        .insertInto('token')
        .values(row as never)
        .execute()
    }
    await write()
    let migrated = false
    const migrating = latchkey(['db', 'migrate'], { DATABASE_URL: database.url }).finally(() => {
      migrated = true
    })
    let written = 1
    for (; !migrated; written++) {
      await write()
      await new Promise(setImmediate)
    }
    assert.deepEqual(await migrating, {
      code: 0,
      stdout:
        'applied 0003-indexes, 0004-functions, 0005-file-keys, 0006-log, 0007-next-key, 0008-services, 0009-verifiers, 0010-service-tokens, 0011-news, 0012-widget-owner, 0013-command-log, 0014-sessions, 0015-administration, 0016-audit, 0017-email-verified, 0018-factors, 0019-mail, 0020-lists\n',
      stderr: '',
    })
    await write()
    assert.equal(await countLiveTokens(old, { ownerId: id, now: 1 }), written + 1)
  })
})
