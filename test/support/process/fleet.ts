import { type Answer, type Call, send } from '../service.ts'
import { createPostgres, type PostgresOptions, type PostgresServer } from './postgres.ts'
import { createProxy, type DatabaseProxy } from './proxy.ts'
import { type ServerProcess, startCommand, startProcess } from './server.ts'

/** One node of a fleet: a process that reaches the database through its own proxy. */
export interface FleetNode {
  index: number
  proxy: DatabaseProxy
  /** Where the node checks tokens. */
  checkPath: string
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
  /** `DATABASE_URL` of a process without a proxy. */
  url: string
  postgres: PostgresServer
  /** Stops all processes and deletes the data. */
  remove: () => Promise<void>
}

/** Starts a fleet. @param settings one entry for each node. @param options of PostgreSQL */
export async function startFleet(settings: Record<string, string>[], options?: PostgresOptions): Promise<Fleet> {
  const postgres = await createPostgres(options)
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
    return { nodes, url: postgres.url, postgres, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

async function startNode(index: number, databasePort: number, settings: Record<string, string>): Promise<FleetNode> {
  const proxy = await createProxy(databasePort)
  const launch = () =>
    startProcess({ DATABASE_URL: `postgres://postgres@127.0.0.1:${proxy.port}/postgres`, ...settings })
  return control(index, proxy, launch, '/api/v1/auth/check')
}

/** `latchkey gate` as a verifier that reaches a node through its own proxy. @param credential of a service */
export async function startGate(
  index: number,
  node: FleetNode,
  credential: { client_id: string; client_secret: string },
  onStale: 'ask' | 'refuse',
): Promise<FleetNode> {
  const proxy = await createProxy(() => Number(new URL(node.address()).port))
  const { client_id, client_secret } = credential
  const LATCHKEY_URL = `latchkey://${client_id}:${client_secret}@127.0.0.1:${proxy.port}`
  const launch = () => startCommand({ LATCHKEY_URL }, ['gate', '--listen', '127.0.0.1:0', '--on-stale', onStale])
  return control(index, proxy, launch, '/check')
}

/** @param checkPath where the process checks tokens */
export async function control(
  index: number,
  proxy: DatabaseProxy,
  launch: () => Promise<ServerProcess>,
  checkPath: string,
): Promise<FleetNode> {
  let server = await launch()
  return {
    index,
    proxy,
    checkPath,
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
