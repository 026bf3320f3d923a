import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { createPostgres, type PostgresServer } from '../support/process/postgres.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { account } from '../support/service.ts'

let postgres: PostgresServer
before(async () => {
  postgres = await createPostgres()
})
after(() => postgres.remove())

/** Runs statements as the owner of the cluster. */
async function administer(...statements: string[]): Promise<void> {
  const client = new pg.Client(`${postgres.url}?options=-c%20default_transaction_read_only%3Doff`)
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

const disconnect = `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'app'`

interface Trouble {
  what: string
  begin: string[]
  end: string[]
  /** What the log says. */
  why: RegExp
}

/** Each database `d` belongs to a role `app`. */
const troubles: Trouble[] = [
  {
    what: 'is read-only',
    begin: ['alter system set default_transaction_read_only = on', 'select pg_reload_conf()'],
    end: ['alter system reset default_transaction_read_only', 'select pg_reload_conf()'],
    why: /read-only/,
  },
  {
    what: 'no longer lets the role log in',
    begin: ['alter role app nologin', disconnect],
    end: ['alter role app login'],
    why: /not permitted to log in/,
  },
  {
    what: 'has no connection left for the role',
    begin: ['alter role app connection limit 0', disconnect],
    end: ['alter role app connection limit -1'],
    why: /too many connections for role/,
  },
  {
    what: 'is closed to connections',
    begin: ['alter database d allow_connections false', disconnect],
    end: ['alter database d allow_connections true'],
    why: /not currently accepting connections/,
  },
  {
    what: 'has another name',
    begin: ['alter database d allow_connections false', disconnect, 'alter database d rename to e'],
    end: ['alter database e rename to d', 'alter database d allow_connections true'],
    why: /database "d" does not exist/,
  },
]

interface Line {
  level: number
  msg: string
  why?: string
  /** The command of the fleet's protocol that failed. */
  command?: string
  err?: unknown
}

function readLog(server: ServerProcess): Line[] {
  return server
    .output()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise(setImmediate)
}

/** The requests that need the database, and their answers. */
async function ask({ call }: ServerProcess, token: string): Promise<Record<string, number>> {
  const answers: Record<string, number> = {}
  for (const [method, path, more] of [
    ['POST', '/auth/login', { json: account }],
    ['POST', '/auth/login', { json: { ...account, password: 'wrong horse battery' } }],
    ['POST', '/auth/register', { json: { ...account, email: 'other@example.com' } }],
    ['DELETE', '/tokens', { token }],
    ['GET', '//readyz', {}],
  ] as const) {
    const { status, headers, text } = await call(method, path, more)
    assert.ok(status !== 503 || headers['retry-after'] !== undefined, `${method} ${path}: ${text}`)
    answers[`${method} ${path}${answers[`${method} ${path}`] ? ' again' : ''}`] = status
  }
  return answers
}

const unavailable = {
  'POST /auth/login': 503,
  'POST /auth/login again': 503,
  'POST /auth/register': 503,
  'DELETE /tokens': 503,
  'GET //readyz': 503,
}

for (const { what, begin, end, why } of troubles) {
  test(`while the database ${what}, requests get 503, and the log says why when the trouble begins and ends`, async (t) => {
    await administer('create role app login', 'create database d owner app')
    t.after(() => administer('drop database if exists d with (force)', 'drop role app'))
    const url = new URL(postgres.url)
    url.username = 'app'
    url.pathname = '/d'
    const limits = { LOGIN_LIMIT_ACCOUNT: '100', LOGIN_LIMIT_ADDRESS: '100' }
    const server = await startProcess({ DATABASE_URL: url.href, LOG_LEVEL: 'info', LEASE_MS: '300', ...limits })
    t.after(server.kill)
    const { access_token: token } = (await server.call('POST', '/auth/register', { json: account })).json

    await administer(...begin)
    try {
      await until(async () => (await server.call('GET', '//readyz')).status === 503)
      for (let round = 0; round < 3; round++) assert.deepEqual(await ask(server, token), unavailable)
      assert.equal((await server.call('GET', '//healthz')).status, 200)
    } finally {
      await administer(...end)
    }
    await until(async () => (await server.call('GET', '//readyz')).status === 200)
    await until(async () => (await server.call('POST', '/auth/login', { json: account })).status === 200)
    assert.equal((await server.call('GET', '/auth/check', { token })).status, 204)
    const begun = () => new Set(readLog(server).flatMap(({ level, msg }) => (level === 40 ? [msg] : [])))
    await until(() => [...begun()].every((msg) => readLog(server).some((line) => line.msg === `${msg}: resolved`)))
    const lines = readLog(server)
    assert.deepEqual(
      lines.filter(({ level, err }) => level >= 50 || err !== undefined),
      [],
    )
    const warnings = lines.filter(({ level }) => level === 40)
    for (const msg of begun()) {
      const causes = warnings.filter((line) => line.msg === msg).map((line) => line.why as string)
      // The listener may meet no more than the end of its connection.
      const known = msg.startsWith('the database sends no notifications') ? /terminating connection/ : why
      assert.ok(
        causes.some((cause) => why.test(cause) || known.test(cause)),
        JSON.stringify(warnings),
      )
      assert.ok(causes.length <= 3, JSON.stringify(warnings))
      assert.equal(lines.filter((line) => line.msg === `${msg}: resolved`).length, 1)
    }
    const fleet = warnings.filter(
      ({ msg }) => msg === 'this node cannot read or write the log of revocations and its own row',
    )
    for (const { command, why: cause = '' } of fleet) {
      assert.match(command ?? '', /^(renew|read|look|sweep|insert|append)$/)
      assert.notEqual(cause, '')
    }
    assert.notDeepEqual(fleet, [], 'the commands of the protocol have failed too')
  })
}
