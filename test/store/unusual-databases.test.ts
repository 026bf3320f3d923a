import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import pg from 'pg'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { startTestService } from '../support/service.ts'

const settings = [
  'standard_conforming_strings = off',
  'escape_string_warning = on',
  "backslash_quote = 'on'",
  "datestyle = 'German, DMY'",
  "intervalstyle = 'sql_standard'",
  "timezone = 'Asia/Kathmandu'",
  "bytea_output = 'escape'",
  "client_encoding = 'LATIN1'",
  'extra_float_digits = -15',
  'quote_all_identifiers = on',
  'transform_null_equals = on',
  'row_security = off',
  "default_transaction_isolation = 'serializable'",
  "plan_cache_mode = 'force_generic_plan'",
  "xmloption = 'document'",
  "session_replication_role = 'replica'",
]

for (const { what, options, alter } of [
  { what: 'unusual defaults', options: "encoding 'UTF8' locale 'C'", alter: settings },
  {
    what: 'a collation that sorts digits as numbers and ignores the case',
    options: "encoding 'UTF8' locale 'C' locale_provider icu icu_locale 'en-u-kn-true-ks-level1'",
    alter: [],
  },
  {
    what: 'a search_path of its own',
    options: "encoding 'UTF8' locale 'C'",
    alter: ['search_path = latchkey, pg_catalog, public'],
  },
]) {
  test(`logins, lists, revocations and commands work on a database with ${what}`, async (t) => {
    const { database, undo } = await open(t, createDatabase)
    const name = `test_${randomBytes(6).toString('hex')}`
    const owner = new pg.Client(database.url)
    await owner.connect()
    undo.push(() => owner.end())
    await owner.query(`create database ${name} ${options} template template0`)
    undo.push(() => owner.query(`drop database ${name} with (force)`))
    for (const setting of alter) await owner.query(`alter database ${name} set ${setting}`)
    const url = new URL(database.url)
    url.pathname = `/${name}`
    const inside = new pg.Client(url.href)
    await inside.connect()
    await inside.query('create schema latchkey')
    await inside.end()

    const service = await startTestService({ ...database, url: url.href }, { LOGIN_LIMIT_ACCOUNT: '100' })
    undo.push(service.stop)
    const agent = "Ünïcödé \\ ' \" \\' Browser"
    const headers = ['User-Agent', agent]
    const json = { email: 'user@example.com', password: 'correct horse \\battery\'"ż' }
    const registered = await service.call('POST', '/auth/register', { json, headers })
    assert.equal(registered.status, 201)
    const others: string[] = []
    for (let i = 0; i < 12; i++) {
      others.push((await service.call('POST', '/auth/login', { json, headers })).json.access_token)
    }
    const wrong = { ...json, password: 'wrong horse battery' }
    assert.equal((await service.call('POST', '/auth/login', { json: wrong })).status, 401)
    const token = registered.json.access_token
    const list = async () => (await service.call('GET', '/tokens', { token })).json.tokens
    const issued = (await list()).map(({ created_at }: { created_at: string }) => created_at)
    assert.deepEqual(issued, issued.toSorted())
    assert.equal(issued.length, 13)
    assert.equal((await list())[0].user_agent, Buffer.from(agent).toString('latin1'))
    const ended = others[0] as string
    assert.equal((await service.call('POST', '/auth/logout', { token: ended })).status, 200)
    assert.equal((await service.call('GET', '/auth/check', { token: ended })).status, 401)
    const fleet = await latchkey(['fleet', '--json'], { DATABASE_URL: url.href })
    assert.equal(fleet.code, 0, fleet.stderr)
    assert.ok(Math.abs(Date.parse(JSON.parse(fleet.stdout)[0].joined_at) - Date.now()) < 600_000, fleet.stdout)
    const keys = JSON.parse((await latchkey(['key', 'list', '--json'], { DATABASE_URL: url.href })).stdout)
    const revoked = await latchkey(['key', 'revoke', keys[0].kid], { DATABASE_URL: url.href })
    assert.equal(revoked.code, 0, revoked.stderr)
    assert.match(revoked.stdout, /\b12 tokens\b/)
    assert.equal((await service.call('GET', '/auth/check', { token })).status, 401)
  })
}
