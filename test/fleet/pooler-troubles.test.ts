import assert from 'node:assert/strict'
import { test } from 'node:test'
import pg from 'pg'
import type { ServerProcess } from '../support/process/server.ts'
import { logIn, openPooled, password } from './pooled.ts'

/** Logs in many times at once. @returns the statuses that occurred */
async function burst(node: ServerProcess): Promise<number[]> {
  const json = { email: 'user0@example.com', password }
  const answers = Array.from({ length: 40 }, () => node.call('POST', '/auth/login', { json }))
  return [...new Set((await Promise.all(answers)).map(({ status }) => status))].sort()
}

async function untilAnswered(node: ServerProcess): Promise<void> {
  while (!(await burst(node)).includes(200));
}

interface Trouble {
  name: string
  settings?: Record<string, string>
  /** Every login is refused until the trouble ends. */
  refuses?: boolean
  begin: (pooled: Awaited<ReturnType<typeof openPooled>>) => Promise<unknown>
  end: (pooled: Awaited<ReturnType<typeof openPooled>>) => Promise<unknown>
}

const strangers: pg.Client[] = []

const troubles: Trouble[] = [
  {
    name: 'the pooler takes no more clients',
    settings: { max_client_conn: '30' },
    async begin({ pooler }) {
      for (;;) {
        const stranger = new pg.Client(pooler.url)
        const refused = await stranger.connect().then(
          () => undefined,
          (error: Error) => error,
        )
        if (refused !== undefined) return assert.match(refused.message, /no more connections allowed/)
        strangers.push(stranger)
      }
    },
    end: () => Promise.all(strangers.splice(0).map((stranger) => stranger.end())),
  },
  {
    name: 'the pooler is paused, and refuses what has waited',
    settings: { query_wait_timeout: '1' },
    refuses: true,
    begin: ({ pooler }) => pooler.command('PAUSE'),
    end: ({ pooler }) => pooler.command('RESUME'),
  },
  {
    name: 'the pooler has ended',
    refuses: true,
    begin: ({ pooler }) => pooler.stop(),
    end: ({ pooler }) => pooler.start(),
  },
  {
    name: 'the pooler has lost its connections',
    begin: async ({ database, connect }) =>
      (await connect(database.url)).query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      ),
    end: async () => {},
  },
  {
    name: 'the pooler replaces its connections',
    begin: ({ pooler }) => pooler.command('RECONNECT'),
    end: async () => {},
  },
]

for (const { name, settings, refuses, begin, end } of troubles) {
  test(`logins are answered, or refused with 503, while ${name}`, async (t) => {
    const pooled = await openPooled(t, { pool_mode: 'transaction', ...settings })
    const node = await pooled.startNode()
    const json = { email: 'user0@example.com', password }
    assert.equal((await node.call('POST', '/auth/register', { json })).status, 201)
    const token = await logIn(node, 0)
    const early = burst(node)
    await begin(pooled)
    const [atFirst, then] = [await early, await burst(node)]
    const other = [...atFirst, ...then].filter((status) => status !== 200 && status !== 503)
    assert.deepEqual(other, [], node.output())
    if (refuses) assert.deepEqual(then, [503])
    await end(pooled)
    await untilAnswered(node)
    assert.equal((await node.call('POST', '/auth/logout', { token })).status, 200)
    assert.equal((await node.call('GET', '/auth/check', { token })).status, 401)
  })
}
