import assert from 'node:assert/strict'
import pg from 'pg'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'
import { createPgbouncer } from '../support/process/pgbouncer.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'

export const password = 'correct horse battery'
/** Connections of the pooler to the server. Fewer than a node opens to the pooler. */
export const serverConnections = 4
const limits = { LOGIN_LIMIT_ACCOUNT: '1000', LOGIN_LIMIT_ADDRESS: '10000' }

/** A fleet's database behind a pooler. */
export async function openPooled(t: Parameters<typeof open>[0], settings: Record<string, string>) {
  const { database, undo } = await open(t, createDatabase)
  const pooler = await createPgbouncer(database.url, { default_pool_size: String(serverConnections), ...settings })
  undo.push(pooler.remove)
  const startNode = async () => {
    const node = await startProcess({ DATABASE_URL: pooler.url, LOG_LEVEL: 'warn', ...limits })
    undo.push(node.kill)
    return node
  }
  const connect = async (url: string) => {
    const client = new pg.Client(url)
    await client.connect()
    undo.push(() => client.end())
    return client
  }
  return { database, pooler, startNode, connect }
}

export async function logIn(node: ServerProcess, index: number): Promise<string> {
  const email = `user${index % 20}@example.com`
  const { status, text, json } = await node.call('POST', '/auth/login', { json: { email, password } })
  assert.equal(status, 200, text)
  return json.access_token
}
