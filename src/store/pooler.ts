import type { Pool, PoolClient } from 'pg'
import type { SafeClient } from './postgres-client.ts'

/** Rounds of the test. With a single round, other clients of the pooler may hide that it changes connections. */
const rounds = 3

/**
 * Whether a pooler lends its connections to the server for one transaction at a time. No session state survives there, and
 * `LISTEN` receives nothing. The test leaves nothing on the connections.
 *
 * In transaction mode, two clients share a server process, or one client changes the process. Both are tried, because poolers
 * take the connection that was free for the shortest or for the longest time. The answer may be wrong if other clients take
 * the connections that would show the mode, or if the mode changes later.
 */
export async function isTransactionPooled(pool: Pool): Promise<boolean> {
  return withClient(pool, async (client) => {
    if ((client as typeof client & SafeClient).direct) return false
    return withClient(pool, async (other) => {
      for (let round = 0; round < rounds; round++) if (await changesProcess(client, other)) return true
      return false
    })
  })
}

async function changesProcess(client: PoolClient, other: PoolClient): Promise<boolean> {
  const first = await processOf(client)
  if ((await processOf(client)) !== first) return true
  // While the other client's transaction holds the process, the first client would get another one.
  await other.query('begin')
  const shared = (await processOf(other)) === first || (await processOf(client)) !== first
  await other.query('commit')
  return shared
}

async function processOf(client: PoolClient): Promise<number> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  return (rows[0] as { pid: number }).pid
}

async function withClient<T>(pool: Pool, use: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken = true
  try {
    const result = await use(client)
    broken = false
    return result
  } finally {
    client.release(broken)
  }
}
