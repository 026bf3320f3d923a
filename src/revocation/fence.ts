import { type Lane, launch, type Shared } from './lane.ts'
import type { Ticket } from './log.ts'
import type { NodeRow } from './messages.ts'

/** Revocations in the log that are not answered before the whole fleet has them. */
interface Fence {
  tickets: Ticket[]
  /** Every entry of theirs is at or below this. */
  seq: number
  /** When their append was known to be done: leases that may lack them began before. */
  since_ms: number
  /** A look that was sent earlier may miss a node that joined without these entries. */
  first_look: number
  /** Nodes that some look showed behind. */
  late: Set<string>
  /** The longest lease that may have to be waited out: the own length, or that of a node behind. */
  lease_ms: number
}

/** The lane that looks at the node rows, for all fences at once, and removes dead ones. */
export interface Fences extends Lane {
  open: Fence[]
  /** Looks sent so far. */
  looks: number
  /** A look is wanted as soon as none is in flight. */
  hinted: boolean
  pause_ms: number
  /** Rows behind this have been waited out. 0: none. */
  remove_below: number
  /** Rows that did not renew for as long as a lease can last. */
  idle: NodeRow[]
  /** Since when each row has been seen with the same number of renewals. */
  seen: Map<string, { renewals: number; since_ms: number }>
}

export function createFences(): Fences {
  return {
    flight: undefined,
    due_ms: Number.POSITIVE_INFINITY,
    open: [],
    looks: 0,
    hinted: false,
    pause_ms: 1,
    remove_below: 0,
    idle: [],
    seen: new Map(),
  }
}

/** Begins to wait for the fleet to reach `seq`. */
export function openFence({ settings }: Shared, fences: Fences, tickets: Ticket[], seq: number, mono_ms: number): void {
  const { lease_ms } = settings
  fences.open.push({ tickets, seq, since_ms: mono_ms, first_look: fences.looks + 1, late: new Set(), lease_ms })
  fences.pause_ms = settings.look_min_ms
  fences.hinted = true
}

/** Sends what is due: removals first, since a fence may wait for them. */
export function advanceFences(
  shared: Shared,
  fences: Fences,
  own: string | undefined,
  incarnation: string | undefined,
  mono_ms: number,
): void {
  if (fences.flight !== undefined || !(mono_ms >= fences.due_ms || fences.hinted)) return
  const op = launch(shared, fences, mono_ms)
  if (incarnation !== undefined && fences.remove_below > 0) {
    shared.out.push({ kind: 'remove', op, incarnation, below_seq: fences.remove_below, except: own })
  } else if (incarnation !== undefined && fences.idle.length > 0) {
    shared.out.push({ kind: 'sweep', op, incarnation, idle: fences.idle })
  } else {
    fences.looks++
    fences.hinted = false
    shared.out.push({ kind: 'look', op })
  }
}

/** Something other than a look was answered: look at what it left. */
export function lookAgain(fences: Fences, due_ms: number): void {
  fences.remove_below = 0
  fences.idle = []
  fences.due_ms = due_ms
}

/**
 * Takes the rows that a look showed.
 *
 * A fence is done when none is behind it. A node whose row is gone holds no lease: whoever removed the row had waited
 * for that, and it cannot be renewed. A row that came later stands for a node that reads these entries before it holds
 * a lease. The own row is left out: the own set has the entries.
 * @param settled_at before this monotonic time leases may run whose rows the database has lost; all fences wait
 */
export function judgeRows(
  shared: Shared,
  fences: Fences,
  rows: NodeRow[],
  own: string | undefined,
  mono_ms: number,
  settled_at: number,
): void {
  fences.open = fences.open.filter((fence) => {
    if (fence.first_look > fences.looks) return true
    const behind = rows.filter((row) => row.id !== own && row.applied_seq < fence.seq)
    for (const row of behind) fence.late.add(row.id)
    // As long as leases may run whose rows are lost, those of all nodes are waited for.
    const waitedFor = mono_ms < settled_at ? rows : behind
    fence.lease_ms = Math.max(fence.lease_ms, ...waitedFor.map((row) => row.lease_ms))
    if (behind.length === 0 && mono_ms >= settled_at) return confirm(shared, fence, rows, mono_ms)
    if (behind.length > 0 && mono_ms >= endOf(shared, fence)) {
      fences.remove_below = Math.max(fences.remove_below, fence.seq)
    }
    return true
  })
  fences.idle = idleRows(shared, fences, rows, own, mono_ms)
  scheduleLook(shared, fences, mono_ms, settled_at)
}

/** From then on no lease runs that lacks the fence's entries. */
function endOf({ settings }: Shared, fence: Fence): number {
  return fence.since_ms + settings.wait_ms(fence.lease_ms)
}

/** Answers everyone who waited behind a fence; false, for it is open no longer. */
function confirm(shared: Shared, fence: Fence, rows: NodeRow[], mono_ms: number): false {
  // What goes sooner than anybody can have waited for it is the row of a node that left.
  const late = mono_ms >= fence.since_ms + fence.lease_ms / 2 ? [...fence.late] : []
  const gone = late.filter((id) => !rows.some((row) => row.id === id))
  const receipt = { nodes: rows.length, waited_ms: mono_ms - fence.since_ms, waited_out: gone }
  for (const { name } of fence.tickets) shared.out.push({ kind: 'effective', ticket: name, receipt })
  return false
}

/**
 * The rows that have shown the same number of renewals for as long as a lease can last: their nodes hold none. Removed
 * while they still show that number, they cannot be renewed either. So the next revocation need not wait for the dead,
 * and rows do not pile up where nobody revokes.
 */
function idleRows(
  { settings }: Shared,
  fences: Fences,
  rows: NodeRow[],
  own: string | undefined,
  mono_ms: number,
): NodeRow[] {
  const before = fences.seen
  fences.seen = new Map()
  return rows.filter((row) => {
    if (row.id === own) return false
    const last = before.get(row.id)
    const same =
      last !== undefined && last.renewals === row.renewals ? last : { renewals: row.renewals, since_ms: mono_ms }
    fences.seen.set(row.id, same)
    return mono_ms >= same.since_ms + settings.wait_ms(row.lease_ms)
  })
}

/** Looks again after the pause, and at once when a fence has waited long enough. */
function scheduleLook(shared: Shared, fences: Fences, mono_ms: number, settled_at: number): void {
  const { settings } = shared
  if (fences.remove_below > 0 || fences.idle.length > 0) {
    fences.due_ms = mono_ms
  } else if (fences.open.length === 0) {
    fences.due_ms = mono_ms + settings.lease_ms
  } else {
    fences.due_ms = mono_ms + fences.pause_ms
    if (settled_at > mono_ms) fences.due_ms = Math.min(fences.due_ms, settled_at)
    for (const fence of fences.open) {
      const end_ms = endOf(shared, fence)
      if (end_ms > mono_ms) fences.due_ms = Math.min(fences.due_ms, end_ms)
    }
    fences.pause_ms = Math.min(fences.pause_ms * 2, settings.look_max_ms)
  }
}

/** Tells those whose fence has stood too long, because the database does not answer. */
export function giveUpFences({ settings, out }: Shared, fences: Fences, mono_ms: number): void {
  const isOver = ({ since_ms, lease_ms }: Fence) => mono_ms >= since_ms + settings.give_up_ms(lease_ms)
  if (!fences.open.some(isOver)) return
  fences.open = fences.open.filter((fence) => {
    if (!isOver(fence)) return true
    for (const { name } of fence.tickets) out.push({ kind: 'unconfirmed', ticket: name, stored: true })
    return false
  })
}

/** Forgets every fence, and all that is known of the rows. @returns the tickets, whose entries may be lost */
export function dropFences(fences: Fences, due_ms: number): Ticket[] {
  const tickets = fences.open.flatMap((fence) => fence.tickets)
  fences.open = []
  fences.seen.clear()
  lookAgain(fences, due_ms)
  return tickets
}
