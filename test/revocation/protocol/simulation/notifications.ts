import type { Command, Event } from '../../../../src/revocation/protocol/messages.ts'
import { plan } from './agenda.ts'
import { drawDelay } from './chances.ts'
import { hasEntry, stateOf } from './database.ts'
import { deliver, type World } from './world.ts'

/** The notification of a transaction that has written a row. */
export function tellRow(world: World, { id, applied, tells }: Command & { kind: 'renew' }): void {
  const { incarnation } = stateOf(world.database)
  const isKnown = world.mutation.tellsAnyRow || hasEntry(world.database, applied)
  if (tells) notify(world, { kind: 'hint', of: 'rows', ...(isKnown && { shown: { id, applied, incarnation } }) })
}

/** Notifies every host that listens. A notification may be late, lost or repeated, and may come without its text. */
export function notify(world: World, event: Event & { kind: 'hint' }): void {
  const { agenda, random, chances, database } = world
  const { restores } = database
  // As the answer to a look that is on its way during a restore.
  const isOld = () => event.of === 'rows' && database.restores !== restores
  for (const host of world.hosts) {
    const { process } = host
    if (process === undefined || host.cut_from || random.chance(chances.hint_lost)) continue
    const times = random.chance(0.05) ? 2 : 1
    for (let i = 0; i < times; i++) {
      const at_ms = agenda.now_ms + drawDelay(random, chances.slow)
      const told: Event = random.chance(chances.untold) ? { kind: 'hint', of: event.of } : event
      plan(agenda, at_ms, () => deliver(world, host, process, told, isOld))
    }
  }
}
