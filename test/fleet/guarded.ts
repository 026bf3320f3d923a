import { createSqlite } from '../support/databases.ts'
import { control, type Fleet, type FleetNode, startFleet, startGate } from '../support/process/fleet.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { createProxy } from '../support/process/proxy.ts'
import { startProcess } from '../support/process/server.ts'
import type { Answer } from '../support/service.ts'
import { type Experiment, startExperiment } from './rounds.ts'

/** An experiment with verifiers. `remove` stops everything. */
export interface Guarded {
  experiment: Experiment
  /** Revokes by the command line, as a process beside the server. */
  byCommand: (id: string) => Promise<Answer>
  remove: () => Promise<void>
}

interface Options {
  lease_ms: number
  connections: number
  gap_ms: number
}

/** Two nodes on PostgreSQL, or one server on SQLite, with two verifiers: one asks without a lease, the other refuses. */
export async function startGuarded(kind: 'sqlite' | 'postgres', options: Options): Promise<Guarded> {
  const { lease_ms, connections, gap_ms } = options
  const settings = { LEASE_MS: String(lease_ms), TOKEN_TTL_SECONDS: '86400' }
  const fleet = kind === 'postgres' ? await startFleet([settings, settings]) : await startOnSqlite(settings)
  const gates: FleetNode[] = []
  const remove = async () => {
    for (const gate of gates) {
      await gate.kill()
      await gate.proxy.close()
    }
    await fleet.remove()
  }
  try {
    const DATABASE_URL = fleet.url
    const { stdout } = await latchkey(['service', 'add', 'gates', '--json'], { DATABASE_URL })
    const credential = JSON.parse(stdout)
    for (const [i, onStale] of (['ask', 'refuse'] as const).entries()) {
      const node = fleet.nodes[i % fleet.nodes.length] as FleetNode
      gates.push(await startGate(fleet.nodes.length + i, node, credential, onStale))
    }
    const experiment = await startExperiment(fleet, lease_ms, connections, gap_ms, gates)
    return {
      experiment,
      byCommand: (id) => revokeByCommand(DATABASE_URL, settings, id),
      remove: async () => {
        experiment.load.stop()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

async function revokeByCommand(DATABASE_URL: string, settings: Record<string, string>, id: string): Promise<Answer> {
  const { code } = await latchkey(['token', 'revoke', id], { DATABASE_URL, ...settings })
  return { status: code === 0 ? 200 : 503, headers: {}, text: '', json: {} }
}

async function startOnSqlite(settings: Record<string, string>): Promise<Fleet> {
  const database = await createSqlite()
  // Nothing is between a server and its file.
  const proxy = await createProxy(0)
  const launch = () => startProcess({ DATABASE_URL: database.url, ...settings })
  const node = await control(0, proxy, launch, '/api/v1/auth/check')
  const remove = async () => {
    await node.kill()
    await proxy.close()
    await database.remove()
  }
  const noPostgres = new Proxy({} as Fleet['postgres'], {
    get() {
      throw new Error('there is no PostgreSQL')
    },
  })
  return { nodes: [node], url: database.url, postgres: noPostgres, remove }
}
