import { type Answer, type Call, send } from '../service.ts'
import { createPostgres, type PostgresServer } from './postgres.ts'
import { createProxy, type DatabaseProxy } from './proxy.ts'
import { type ServerProcess, startProcess } from './server.ts'

/** One node of a fleet: a process of its own that reaches the database through a network of its own. */
export interface FleetNode {
  index: number
  proxy: DatabaseProxy
  /** Where it listens; another place after each start. */
  address: () => string
  pid: () => number
  call: (method: string, path: string, call?: Call) => Promise<Answer>
  /** What it has written since it was started. */
  output: () => string
  /** SIGTERM; resolves with the exit code. */
  stop: () => Promise<number | null>
  kill: () => Promise<void>
  start: () => Promise<void>
  /** SIGSTOP: it stands still in the middle of whatever it does. */
  pause: () => void
  resume: () => void
}

/** Real nodes on one PostgreSQL. */
export interface Fleet {
  nodes: FleetNode[]
  postgres: PostgresServer
  /** Ends everything. */
  remove: () => Promise<void>
}

/** @param settings of each node; as many nodes as there are */
export async function startFleet(settings: Record<string, string>[]): Promise<Fleet> {
  const postgres = await createPostgres()
  const nodes: FleetNode[] = []
  const remove = async () => {
    for (const node of nodes) {
      await node.kill()
      await node.proxy.close()
    }
    await postgres.remove()
  }
  try {
    // One after the other: the first one makes the schema.
    for (const [index, own] of settings.entries()) nodes.push(await startNode(index, postgres.port, own))
    return { nodes, postgres, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function startNode(index: number, databasePort: number, settings: Record<string, string>): Promise<FleetNode> {
  const proxy = await createProxy(databasePort)
  const launch = () =>
    startProcess({ DATABASE_URL: `postgres://postgres@127.0.0.1:${proxy.port}/postgres`, ...settings })
  let server: ServerProcess = await launch()
  return {
    index,
    proxy,
    address: () => server.address,
    pid: () => server.pid,
    call: (method, path, call) => send(server.address, method, path, call),
    output: () => server.output(),
    stop: () => server.stop(),
    kill: () => server.kill(),
    async start() {
      server = await launch()
    },
    pause: () => process.kill(server.pid, 'SIGSTOP'),
    resume: () => process.kill(server.pid, 'SIGCONT'),
  }
}
