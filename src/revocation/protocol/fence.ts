import { type Activity, type Context, send } from './activity.ts'
import type { Ticket } from './append-queue.ts'
import type { NodeRow, Receipt } from './messages.ts'

/** Appended revocations that are answered only when the whole fleet has them. */
export interface Fence {
  tickets: Ticket[]
  /** Every entry of the tickets has this number or a lower one. */
  seq: number
  /** When the append was answered. A lease that lacks the entries began before this time. */
  since_ms: number
  /** Only this look and later ones count. An earlier look may miss a node that joined without these entries. */
  first_look: number
  /** Ids of the nodes that some look showed behind. */
  late: Set<string>
  /** The longest lease that may have to be waited out: the node's own length, or that of a node behind. */
  lease_ms: number
}

/** The open fences. One look at the node rows serves all of them. The same activity removes the rows of dead nodes. */
export interface Fences extends Activity {
  open: Fence[]
  /** Number of looks sent. */
  looks: number
  /** A hint says that the rows have changed: look as soon as no command is in flight. */
  hinted: boolean
  pause_ms: number
  /** Rows behind this number have been waited out. 0: none. */
  remove_below: number
  /** Rows that did not renew for as long as a lease can last. */
  idle: NodeRow[]
  /** Since when each row has shown the same number of renewals. */
  seen: Map<string, { renewals: number; since_ms: number }>
}

/** What the fences need to know of their node. */
export interface Standing {
  id: string | undefined
  /** The database's incarnation, as last seen. */
  incarnation: string | undefined
  /** Until this time leases may run whose rows the database has lost. */
  settled_ms: number
}

export function createFences(): Fences {
  return {
    inFlight: undefined,
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

/** Begins to wait until the fleet has every entry up to `seq`. */
export function openFence({ timing }: Context, fences: Fences, tickets: Ticket[], seq: number, mono_ms: number): void {
  const { lease_ms } = timing
  fences.open.push({ tickets, seq, since_ms: mono_ms, first_look: fences.looks + 1, late: new Set(), lease_ms })
  fences.pause_ms = timing.look_min_ms
  fences.hinted = true
}

/** Sends what is due. Removals come first, since a fence may wait for them. */
export function advanceFences(context: Context, fences: Fences, { id, incarnation }: Standing, mono_ms: number): void {
  if (fences.inFlight !== undefined || !(mono_ms >= fences.due_ms || fences.hinted)) return
  const { remove_below, idle } = fences
  if (incarnation !== undefined && remove_below > 0) {
    send(context, fences, { kind: 'remove', incarnation, below_seq: remove_below, except: id }, mono_ms)
  } else if (incarnation !== undefined && idle.length > 0) {
    send(context, fences, { kind: 'sweep', incarnation, idle }, mono_ms)
  } else {
    fences.looks++
    fences.hinted = false
    send(context, fences, { kind: 'look' }, mono_ms)
  }
}

/** A removal was answered, or a command failed: look at the rows that are left. */
export function lookAgain(fences: Fences, due_ms: number): void {
  fences.remove_below = 0
  fences.idle = []
  fences.due_ms = due_ms
}

/** A fence that is over: every node has its entries, or can accept nothing any more. */
export interface Confirmed {
  tickets: Ticket[]
  receipt: Receipt
}

/**
 * Takes the rows that a look showed.
 *
 * A fence is over when no row is behind it. A node whose row is gone holds no lease: the process that removed the row had
 * waited for that, and the row cannot be renewed. A row that was inserted later stands for a node that reads these entries
 * before it holds a lease. The own row does not count, because the own set has the entries.
 * @returns the fences that are over
 */
export function judgeRows(
  context: Context,
  fences: Fences,
  rows: NodeRow[],
  standing: Standing,
  mono_ms: number,
): Confirmed[] {
  const isBehind = (row: NodeRow, fence: Fence) => row.id !== standing.id && row.applied_seq < fence.seq
  const settled = mono_ms >= standing.settled_ms
  const judged = fences.open.filter(({ first_look }) => first_look <= fences.looks)
  for (const fence of judged) {
    const behind = rows.filter((row) => isBehind(row, fence))
    for (const row of behind) fence.late.add(row.id)
    // While leases may run whose rows are lost, the longest lease of any node counts.
    const waitedFor = settled ? behind : rows
    fence.lease_ms = Math.max(fence.lease_ms, ...waitedFor.map((row) => row.lease_ms))
    const waitedOut = behind.length > 0 && mono_ms >= endOf(context, fence)
    if (waitedOut) fences.remove_below = Math.max(fences.remove_below, fence.seq)
  }
  const over = new Set(judged.filter((fence) => settled && !rows.some((row) => isBehind(row, fence))))
  fences.open = fences.open.filter((fence) => !over.has(fence))
  fences.idle = findIdle(context, fences, rows, standing.id, mono_ms)
  scheduleLook(context, fences, mono_ms, standing.settled_ms)
  return [...over].map((fence) => ({ tickets: fence.tickets, receipt: receiptFor(fence, rows, mono_ms) }))
}

/** From this time on no lease runs that lacks the fence's entries. */
function endOf({ timing }: Context, fence: Fence): number {
  return fence.since_ms + timing.wait_ms(fence.lease_ms)
}

function receiptFor(fence: Fence, rows: NodeRow[], mono_ms: number): Receipt {
  // A row that went sooner than this was not waited out: its node has left.
  const late = mono_ms >= fence.since_ms + fence.lease_ms / 2 ? [...fence.late] : []
  const waited_out = late.filter((id) => !rows.some((row) => row.id === id))
  return { nodes: rows.length, waited_ms: mono_ms - fence.since_ms, waited_out }
}

/**
 * Finds the rows that have shown the same number of renewals for as long as a lease can last. Their nodes hold no lease. A
 * row that is removed while it still shows this number cannot be renewed either. So the next revocation need not wait for
 * dead nodes, and rows do not pile up where no one revokes.
 */
function findIdle(
  { timing }: Context,
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
    const same = last?.renewals === row.renewals ? last : { renewals: row.renewals, since_ms: mono_ms }
    fences.seen.set(row.id, same)
    return mono_ms >= same.since_ms + timing.wait_ms(row.lease_ms)
  })
}

/** Looks again after the pause, and at once when a fence has waited long enough. */
function scheduleLook(context: Context, fences: Fences, mono_ms: number, settled_ms: number): void {
  const { timing } = context
  if (fences.remove_below > 0 || fences.idle.length > 0) {
    fences.due_ms = mono_ms
  } else if (fences.open.length === 0) {
    fences.due_ms = mono_ms + timing.lease_ms
  } else {
    const ends = [settled_ms, ...fences.open.map((fence) => endOf(context, fence))].filter((end) => end > mono_ms)
    fences.due_ms = Math.min(mono_ms + fences.pause_ms, ...ends)
    fences.pause_ms = Math.min(fences.pause_ms * 2, timing.look_max_ms)
  }
}

/** Takes the tickets whose fence has stood too long, because the database does not answer. */
export function takeOverdueFences({ timing }: Context, fences: Fences, mono_ms: number): Ticket[] {
  const isOverdue = ({ since_ms, lease_ms }: Fence) => mono_ms >= since_ms + timing.give_up_ms(lease_ms)
  const overdue = fences.open.filter(isOverdue)
  if (overdue.length > 0) fences.open = fences.open.filter((fence) => !overdue.includes(fence))
  return overdue.flatMap(({ tickets }) => tickets)
}

/** Drops every fence and everything that is known of the rows. @returns the tickets, whose entries may be lost */
export function dropFences(fences: Fences, due_ms: number): Ticket[] {
  const tickets = fences.open.flatMap((fence) => fence.tickets)
  fences.open = []
  fences.seen.clear()
  lookAgain(fences, due_ms)
  return tickets
}
