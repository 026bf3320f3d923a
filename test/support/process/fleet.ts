import { type Answer, type Call, send } from '../service.ts'
import { createPostgres, type PostgresServer } from './postgres.ts'
import { createProxy, type DatabaseProxy } from './proxy.ts'
import { type ServerProcess, startProcess } from './server.ts'

/** One node of a fleet: a process that reaches the database through its own proxy. */
export interface FleetNode {
  index: number
  proxy: DatabaseProxy
  /** Where the node listens. Each start changes the port. */
  address: () => string
  pid: () => number
  call: (method: string, path: string, call?: Call) => Promise<Answer>
  /** What the node has written to stdout and stderr since its last start. */
  output: () => string
  /** SIGTERM. Resolves with the exit code. */
  stop: () => Promise<number | null>
  kill: () => Promise<void>
  start: () => Promise<void>
  /** SIGSTOP: stops the process at any point of its work. */
  pause: () => void
  resume: () => void
}

/** Real nodes on one PostgreSQL. */
export interface Fleet {
  nodes: FleetNode[]
  postgres: PostgresServer
  /** Stops all processes and deletes the data. */
  remove: () => Promise<void>
}

/** Starts a fleet. @param settings one entry for each node */
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
    // One after another, because the first node creates the schema.
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
