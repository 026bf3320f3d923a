import { renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { createPruner } from '../../src/operation/housekeeping.ts'
import { createSqlite } from '../../test/support/databases.ts'
import { startFleet } from '../../test/support/process/fleet.ts'
import { latchkey } from '../../test/support/process/latchkey.ts'
import { type ServerProcess, startProcess } from '../../test/support/process/server.ts'
import { startTestService } from '../../test/support/service.ts'

/** Something that happens to a service where people run it. */
export interface Trouble {
  name: string
  begin: () => unknown
  end: () => unknown
  /** What `/readyz` of every node has to say during the trouble. Undefined: nodes differ. */
  ready?: boolean
}

/** A running service with its database. */
export interface Subject {
  nodes: () => { address: () => string; pid: () => number }[]
  /** Lines that all nodes have logged. */
  lines: () => number
  troubles: Trouble[]
  remove: () => Promise<void>
}

const settings = { LOG_LEVEL: 'warn', TOKEN_TTL_SECONDS: '600', LOGIN_LIMIT_SUCCESS: '0', LEASE_MS: '1000' }
/** Sends notifications until the server has no room for another one. */
async function fillQueue(sender: pg.Client): Promise<void> {
  const send = `select pg_notify('soak', repeat(md5(random()::text), 218))`
  try {
    for (;;) await sender.query(send)
  } catch (error) {
    if (!/too many notifications/.test((error as Error).message)) throw error
  } finally {
    await sender.end()
  }
}

const countLines = (text: string) => text.split('\n').length - 1
/** A local time that is taken for UTC. */
const ahead_ms = 130 * 60_000

export async function openSqliteSubject(): Promise<Subject> {
  const database = await createSqlite()
  const path = database.url.slice('sqlite:'.length)
  let earlier = 0
  const launch = () => startProcess({ ...settings, DATABASE_URL: database.url })
  let server: ServerProcess = await launch()
  let stranger: DatabaseSync | undefined
  return {
    nodes: () => [{ address: () => server.address, pid: () => server.pid }],
    lines: () => earlier + countLines(server.output()),
    troubles: [
      {
        name: 'another process holds the write lock',
        begin() {
          stranger = new DatabaseSync(path, { timeout: 5000 })
          stranger.exec('begin immediate')
        },
        end: () => stranger?.close(),
      },
      {
        name: 'another process reads for a long time',
        begin() {
          stranger = new DatabaseSync(path, { timeout: 5000 })
          stranger.exec('begin; select count(*) from token')
        },
        end: () => stranger?.close(),
        ready: true,
      },
      {
        name: 'a backup is made',
        async begin() {
          const made = await latchkey(['backup', `${path}.backup`], { DATABASE_URL: database.url })
          if (made.code !== 0) throw new Error(`the backup failed: ${made.stderr}`)
        },
        async end() {
          const read = await latchkey(['user', 'list'], { DATABASE_URL: `sqlite:${path}.backup` })
          if (read.code !== 0 || !read.stdout.includes('@')) throw new Error(`the backup is wrong: ${read.stderr}`)
          rmSync(`${path}.backup`)
        },
        ready: true,
      },
      {
        name: 'the file is moved away',
        begin: () => renameSync(path, `${path}.away`),
        end: () => renameSync(`${path}.away`, path),
        ready: false,
      },
      {
        name: 'the server is killed',
        begin: () => server.kill(),
        async end() {
          earlier += countLines(server.output())
          server = await launch()
        },
      },
    ],
    async remove() {
      await server.stop()
      await database.remove()
    },
  }
}

export async function openPostgresSubject(): Promise<Subject> {
  const fleet = await startFleet([settings, settings, settings], { settings: ['max_notify_queue_pages=64'] })
  const { nodes, postgres } = fleet
  const victim = nodes[2] as (typeof nodes)[0]
  const operator = async (...statements: string[]) => {
    const client = new pg.Client(postgres.url)
    client.on('error', () => {})
    await client.connect()
    for (const statement of statements) await client.query(statement)
    return client
  }
  const run = async (...statements: string[]) => (await operator(...statements)).end()
  let held: pg.Client | undefined
  const hold = (...statements: string[]) => ({
    async begin() {
      held = await operator(...statements)
    },
    end: () => held?.end(),
  })
  return {
    nodes: () => nodes.map(({ address, pid }) => ({ address, pid })),
    lines: () => nodes.reduce((sum, node) => sum + countLines(node.output()), 0),
    troubles: [
      { name: 'a node is killed', begin: () => victim.kill(), end: () => victim.start() },
      { name: 'a node is paused', begin: () => victim.pause(), end: () => victim.resume() },
      { name: 'a node is cut off', begin: () => victim.proxy.drop('fromDatabase'), end: () => victim.proxy.heal() },
      {
        name: 'the database is stopped',
        begin: () => postgres.stop('fast'),
        end: () => postgres.start(),
        ready: false,
      },
      {
        name: 'the database has crashed',
        begin: () => postgres.stop('immediate'),
        end: () => postgres.start(),
        ready: false,
      },
      {
        name: 'the database is read-only',
        begin: () => run('alter system set default_transaction_read_only = on', 'select pg_reload_conf()'),
        end: () =>
          run(
            'set default_transaction_read_only = off',
            'alter system reset default_transaction_read_only',
            'select pg_reload_conf()',
          ),
        ready: false,
      },
      {
        name: 'a stranger holds advisory locks',
        ...hold('select pg_advisory_lock(7236001), pg_advisory_lock(7236002)'),
        ready: true,
      },
      { name: 'a transaction stays open', ...hold('begin isolation level repeatable read; select 1'), ready: true },
      { name: 'the log is locked', ...hold('begin; lock table revocation in access exclusive mode') },
      { name: 'the users are locked', ...hold('begin; lock table "user" in exclusive mode') },
      {
        name: 'the queue of notifications fills',
        async begin() {
          // Statements of their own: a listener counts from its commit, and an open transaction then holds the queue.
          held = await operator('listen soak', 'begin; select 1')
          await fillQueue(await operator())
        },
        end: () => held?.end(),
        ready: true,
      },
      {
        name: 'every connection is cut',
        begin: () => run('select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid()'),
        end: () => undefined,
      },
      {
        name: 'tables are rewritten',
        begin: () => run('vacuum full token', 'vacuum full revocation'),
        end: () => undefined,
      },
      {
        name: 'a node has a wrong clock',
        async begin() {
          const database = { url: postgres.url, remove: async () => {} }
          const wrong = await startTestService(database, settings, () => Date.now() + ahead_ms)
          await createPruner(wrong.ports)()
          await wrong.stop()
        },
        end: () => undefined,
        ready: true,
      },
    ],
    remove: fleet.remove,
  }
}
