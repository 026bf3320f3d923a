import { type Activity, type Context, send } from './activity.ts'
import type { Ticket } from './append-queue.ts'
import type { NodeRow, Receipt } from './messages.ts'

/** Appended revocations that are answered only when the whole fleet has them. */
export interface Fence {
  tickets: Ticket[]
  /** Every entry of the tickets has this number or a lower one. */
  seq: number
  /**
   * This node must have applied every entry up to this number. It has applied the entries of its own append, but other nodes
   * may have ended the same tokens before.
   */
  own_seq: number
  /** When the append was answered. A lease that lacks the entries began before this time. */
  since_ms: number
  /** Number of the first look that counts. An earlier look may miss the row of a node that joined without these entries. */
  first_look: number
  /** Ids of the nodes that some look showed behind. */
  late: Set<string>
  /** The longest lease that may have to be waited out: this node's, or that of a node behind. */
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
  /** Rows that show less than this number may be removed: every lease behind them is over. 0: no row. */
  remove_below: number
  /** Rows that did not renew for as long as a lease can last. */
  idle: NodeRow[]
  /** Since when each row has shown the same number of renewals. */
  seen: Map<string, { renewals: number; since_ms: number }>
}

/** What the fences need to know of their node. */
export interface Standing {
  id: string | undefined
  /** The node has applied every entry up to this number. Infinite for a node that does not follow the log. */
  applied_seq: number
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
export function openFence(
  { timing }: Context,
  fences: Fences,
  fence: Pick<Fence, 'tickets' | 'seq' | 'own_seq'>,
  mono_ms: number,
): void {
  const { lease_ms } = timing
  fences.open.push({ ...fence, since_ms: mono_ms, first_look: fences.looks + 1, late: new Set(), lease_ms })
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
 * Updates the fences by the rows that a look showed.
 *
 * A fence is over when no row is behind it and this node has applied `own_seq`. A node whose row is gone holds no lease: the
 * process that removed the row had waited for that, and the row cannot be renewed. A row that was inserted later stands for a
 * node that reads these entries before it holds a lease. This node's own row does not count, because it may be older than
 * what the node has applied.
 * @returns the fences that are over
 */
export function updateFences(
  context: Context,
  fences: Fences,
  rows: NodeRow[],
  standing: Standing,
  mono_ms: number,
): Confirmed[] {
  const others = rows.filter(({ id }) => id !== standing.id)
  const settled = mono_ms >= standing.settled_ms
  const judged = fences.open.filter(({ first_look }) => first_look <= fences.looks)
  for (const fence of judged) noteBehind(context, fences, fence, { others, settled, mono_ms })
  const isOver = (fence: Fence) =>
    settled && standing.applied_seq >= fence.own_seq && others.every((row) => row.applied_seq >= fence.seq)
  const over = new Set(judged.filter(isOver))
  fences.open = fences.open.filter((fence) => !over.has(fence))
  fences.idle = findIdle(context, fences, others, mono_ms)
  scheduleLook(context, fences, mono_ms, standing.settled_ms)
  return [...over].map((fence) => ({ tickets: fence.tickets, receipt: receiptFor(fence, rows, mono_ms) }))
}

/** Notes which rows are behind a fence, and whether they have been waited out. */
function noteBehind(
  context: Context,
  fences: Fences,
  fence: Fence,
  { others, settled, mono_ms }: { others: NodeRow[]; settled: boolean; mono_ms: number },
): void {
  const behind = others.filter((row) => row.applied_seq < fence.seq)
  for (const row of behind) fence.late.add(row.id)
  // While leases may run whose rows are lost, the longest lease of any node counts.
  const waitedFor = settled ? behind : others
  fence.lease_ms = Math.max(fence.lease_ms, ...waitedFor.map((row) => row.lease_ms))
  const waitedOut = behind.length > 0 && mono_ms >= endOf(context, fence)
  if (waitedOut) fences.remove_below = Math.max(fences.remove_below, fence.seq)
}

/** From this time on no lease runs that lacks the fence's entries. */
function endOf({ timing }: Context, fence: Fence): number {
  return fence.since_ms + timing.wait_ms(fence.lease_ms)
}

function receiptFor(fence: Fence, rows: NodeRow[], mono_ms: number): Receipt {
  // A row that has gone sooner than this was not waited out: its node has left. A later one may have left too.
  const late = mono_ms >= fence.since_ms + fence.lease_ms / 2 ? [...fence.late] : []
  const waited_out = late.filter((id) => !rows.some((row) => row.id === id))
  return { nodes: rows.length, waited_ms: mono_ms - fence.since_ms, waited_out }
}

/**
 * Finds the rows that have shown the same number of renewals for as long as a lease can last. Their nodes hold no lease. A
 * row that is removed while it still shows this number cannot be renewed either. So the next revocation need not wait for
 * dead nodes, and rows do not pile up where no one revokes.
 */
function findIdle({ timing }: Context, fences: Fences, others: NodeRow[], mono_ms: number): NodeRow[] {
  const before = fences.seen
  fences.seen = new Map()
  return others.filter((row) => {
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
