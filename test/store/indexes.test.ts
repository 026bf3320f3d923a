// Statements that must find their rows by an index. The database's query plan shows which index is used.

import assert from 'node:assert/strict'
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { CompiledQuery, type Kysely, type RootOperationNode, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { deleteOldAddresses, findForLogin, findUsers, selectUserPage } from '../../src/accounts/records.ts'
import { type AuditFilter, countSpans, selectRowPage } from '../../src/audit/records.ts'
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

/** Returns the query plans of the statements that `act` runs. PostgreSQL would scan small tables, so scans are off. */
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

/**
 * Reading all of a table, or sorting a thousand rows of it, which have a third of the rows here. A scan of an index that has every
 * column that is read is neither, and a day of the audit trail may be sorted.
 */
const readsAll = /Seq Scan|Sort +\(cost=\S+ rows=\d{4}|TEMP B-TREE|SCAN (user|audit|token)(?! USING COVERING)/

/** A list of administrators, with as many rows as a planner needs to see what is cheap. */
onEachDatabase('the lists of administrators', (create, kind) => {
  const accounts = 3000
  const facts = 3000
  const first = Date.UTC(2030, 0, 1)
  let store: Store
  let undo: (() => Promise<unknown>)[]

  before(async () => {
    const database = await create()
    undo = [database.remove]
    store = (await openDatabase(database.url)).store
    undo.push(() => store.destroy())
    await migrate(store)
    await fillUsers(store, accounts)
    await fillAudit(store, facts, first)
    if (kind === 'postgres') await sql`vacuum analyze`.execute(store)
  })
  after(async () => {
    for (const step of undo.toReversed()) await step()
  })

  const middle = { offset: 1000, limit: 100, fromEnd: false }

  for (const [sort, index] of [
    ['created_at', 'user_by_creation'],
    ['email', 'user_by_email'],
    ['last_login_at', 'user_by_last_login'],
  ] as const) {
    for (const prefix of ['', 'user', 'name-', 'a']) {
      for (const descending of [false, true]) {
        test(`skips accounts by ${index}, searching ‘${prefix}’${descending ? ', descending' : ''}`, async () => {
          const found = await findUsers(store, prefix)
          assert.ok(found.total > 500 && found.ids === undefined, `${found.total}`)
          const place = { ...middle, offset: Math.floor(found.total / 2) }
          const read = (watched: Store) => selectUserPage(watched, found, { sort, descending }, place)
          const plans = await plan(store, kind, read)
          const [skipping = ''] = plans.split(/(?=\n.*(?:user_pkey|autoindex_user_1))/)
          assert.match(skipping, new RegExp(index), plans)
          assert.doesNotMatch(skipping, readsAll, plans)
        })
      }
    }
  }

  for (const prefix of ['', 'user', 'user29', 'name-', 'a', randomUUID()]) {
    test(`counts accounts by an index, searching ‘${prefix}’`, async () => {
      const plans = await plan(store, kind, (watched) => findUsers(watched, prefix))
      assert.doesNotMatch(plans, readsAll, plans)
    })
  }

  const since = first + 5.5 * 86_400_000
  const until = first + 20.5 * 86_400_000
  const actor = randomUUID()
  for (const [index, filter] of [
    ['audit_by_time', {}],
    ['audit_by_time', { since }],
    ['audit_by_time', { until }],
    ['audit_by_time', { since, until }],
    ['audit_by_action', { action: 'login' }],
    ['audit_by_action', { action: 'login', since }],
    ['audit_by_action', { action: 'login', until }],
    ['audit_by_actor', { actor }],
    ['audit_by_actor', { actor, since, until }],
    ['audit_by_subject', { subject: actor }],
    ['audit_by_subject', { subject: actor, until }],
  ] as [string, AuditFilter][]) {
    test(`reads the audit trail by ${index}, filtered by ${Object.keys(filter).join(', ') || 'nothing'}`, async () => {
      const read = async (watched: Store) => {
        const spans = await countSpans(watched, filter)
        for (const fromEnd of [false, true]) await selectRowPage(watched, filter, spans, { ...middle, fromEnd })
      }
      const plans = await plan(store, kind, read)
      assert.match(plans, new RegExp(index), plans)
      assert.doesNotMatch(plans, readsAll, plans)
    })
  }
})

/** The addresses of all accounts begin with `user`, a third have a username, and half have an id that begins with `a`. */
async function fillUsers(store: Store, count: number): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      id: `${i % 2 === 0 ? 'a' : 'b'}${randomUUID().slice(1)}`,
      email: `user${from + i}@example.com`,
      username: i % 3 === 0 ? `name-${from + i}` : null,
      password_hash: 'x'.repeat(100),
      admin: 0 as const,
      created_at: from + i,
      last_login_at: i % 5 === 0 ? null : (i * 7919) % 1000,
    }))
    await store.insertInto('user').values(rows).execute()
  }
}

/** One hundred facts a day, of which each second is a login. */
async function fillAudit(store: Store, count: number, first: number): Promise<void> {
  for (let from = 0; from < count; from += 1000) {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      seq: from + i + 1,
      at: first + Math.floor((from + i) / 100) * 86_400_000 + (i % 100),
      action: i % 2 === 0 ? 'login' : 'token.revoked',
      actor: randomUUID(),
      subject: randomUUID(),
      address: null,
      request_id: null,
      details: '{}',
      hash: '',
    }))
    await store.insertInto('audit').values(rows).execute()
  }
}

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
