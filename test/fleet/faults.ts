import type { Random } from '../revocation/protocol/simulation/random.ts'
import type { Fleet, FleetNode } from '../support/process/fleet.ts'

/** Something that goes wrong for a while, with one node or with the database. */
export interface Fault {
  name: string
  /** It is over after this; otherwise when the revocation has been answered, if that comes soon. */
  lasts_ms?: number
  begin: (fleet: Fleet, victim: FleetNode, random: Random) => void | Promise<void>
  end: (fleet: Fleet, victim: FleetNode) => void | Promise<void>
}

const heal: Fault['end'] = (_fleet, { proxy }) => proxy.heal()

/** @param pause_ms how long a node is stopped; many leases */
export function everyFault(pause_ms: number): Fault[] {
  return [
    { name: 'a node is killed', begin: (_, victim) => victim.kill(), end: (_, victim) => victim.start() },
    {
      name: 'a node is paused',
      lasts_ms: pause_ms,
      begin: (_, victim) => victim.pause(),
      end: (_, victim) => victim.resume(),
    },
    { name: 'cut to the database', begin: (_, { proxy }) => proxy.swallow('toDatabase'), end: heal },
    { name: 'cut from the database', begin: (_, { proxy }) => proxy.swallow('fromDatabase'), end: heal },
    { name: 'cut both ways', begin: (_, { proxy }) => proxy.hold(), end: heal },
    { name: 'connections reset', begin: (_, { proxy }) => proxy.reset(), end: heal },
    { name: 'delayed', begin: (_, { proxy }, random) => proxy.delay(random.between(5, 400)), end: heal },
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
