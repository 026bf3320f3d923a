import type { Random } from '../revocation/protocol/simulation/random.ts'
import type { Fleet, FleetNode } from '../support/process/fleet.ts'

/** A temporary fault of one node or of the database. */
export interface Fault {
  name: string
  /** The fault affects a node of the fleet, and so every verifier behind the node. */
  onServer?: boolean
  /** Undefined: the fault ends soon after the revocation is answered, or at a random timeout. */
  lasts_ms?: number
  begin: (fleet: Fleet, victim: FleetNode, random: Random) => void | Promise<void>
  end: (fleet: Fleet, victim: FleetNode) => void | Promise<void>
}

const heal: Fault['end'] = (_fleet, { proxy }) => proxy.heal()

/** @param pause_ms how long a node is paused: several leases */
export function everyFault(pause_ms: number): Fault[] {
  return [
    { name: 'a node is killed', begin: (_, victim) => victim.kill(), end: (_, victim) => victim.start() },
    {
      name: 'a node is paused',
      lasts_ms: pause_ms,
      begin: (_, victim) => victim.pause(),
      end: (_, victim) => victim.resume(),
    },
    { name: 'traffic to the database lost', begin: (_, { proxy }) => proxy.drop('toDatabase'), end: heal },
    { name: 'traffic from the database lost', begin: (_, { proxy }) => proxy.drop('fromDatabase'), end: heal },
    { name: 'traffic held in both directions', begin: (_, { proxy }) => proxy.hold(), end: heal },
    { name: 'connections reset', begin: (_, { proxy }) => proxy.reset(), end: heal },
    { name: 'traffic delayed', begin: (_, { proxy }, random) => proxy.delay(random.between(5, 400)), end: heal },
    {
      name: 'database stopped',
      begin: ({ postgres }) => postgres.stop('fast'),
      end: ({ postgres }) => postgres.start(),
    },
    {
      name: 'database crashed',
      begin: ({ postgres }) => postgres.stop('immediate'),
      end: ({ postgres }) => postgres.start(),
    },
  ]
}

/** Faults of verifiers, and of what is behind them. @param pause_ms how long a verifier is paused */
export function everyVerifierFault(pause_ms: number): Fault[] {
  const [killed, paused, ...rest] = everyFault(pause_ms)
  const cuts = rest.filter(({ name }) => !name.startsWith('database') && name !== 'traffic delayed')
  const renamed = (fault: Fault | undefined) => ({
    ...(fault as Fault),
    name: fault?.name.replace('node', 'verifier') ?? '',
  })
  return [
    renamed(killed),
    renamed(paused),
    ...cuts.map((fault) => ({ ...fault, name: fault.name.replaceAll('database', 'server') })),
    {
      name: 'the server is killed',
      onServer: true,
      begin: (_, victim) => victim.kill(),
      end: (_, victim) => victim.start(),
    },
    {
      name: 'the server is stopped and started',
      onServer: true,
      begin: async (_, victim) => void (await victim.stop()),
      end: (_, victim) => victim.start(),
    },
    ...rest.filter(({ name }) => name === 'database stopped'),
  ]
}
