import type { Position } from '../entry.ts'
import { type Activity, type Context, send } from './activity.ts'
import type { Ticket } from './append-queue.ts'
import type { NodeRow, Receipt, Shown } from './messages.ts'

/** Appended revocations that are answered only when the whole fleet has them. */
export interface Fence {
  tickets: Ticket[]
  /** No entry of the tickets comes after this one. */
  last: Position
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
  /** The rows that the last answered look has shown, and the number of this look. */
  rows: NodeRow[]
  rows_look: number
  /** The last entry of an open fence that a row shows by now, as a notification says, by the row's id. */
  shown: Map<string, Position>
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
  /** The last entry that the node has read. */
  position: Position
  /** The node has applied every entry up to this number. Infinite for a node that does not follow the log. */
  applied_seq: number
  /** The database's incarnation, as last seen. */
  incarnation: string | undefined
  /** Until this time leases may run whose rows the database has lost. */
  settled_ms: number
  /** When no lease of this node's verifiers runs any more that lacks an entry up to a number. */
  coveredAt: (seq: number) => number
  /** Counts this node's verifiers that hold a lease. */
  holders: () => number
}

export function createFences(): Fences {
  return {
    inFlight: undefined,
    failures: 0,
    due_ms: Number.POSITIVE_INFINITY,
    open: [],
    looks: 0,
    rows: [],
    rows_look: 0,
    shown: new Map(),
    hinted: false,
    pause_ms: 1,
    remove_below: 0,
    idle: [],
    seen: new Map(),
  }
}

/** Begins to wait until the fleet has every entry up to `last`. */
export function openFence(
  { timing }: Context,
  fences: Fences,
  fence: Pick<Fence, 'tickets' | 'last' | 'own_seq'>,
  mono_ms: number,
): void {
  const { lease_ms } = timing
  fences.open.push({ ...fence, since_ms: mono_ms, first_look: fences.looks + 1, late: new Set(), lease_ms })
  fences.pause_ms = timing.look_min_ms
  fences.hinted = true
}

/** Sends what is due. Removals come first, since a fence may wait for them. */
export function advanceFences(context: Context, fences: Fences, standing: Standing, mono_ms: number): void {
  const { id, incarnation, position } = standing
  if (fences.inFlight !== undefined || !(mono_ms >= fences.due_ms || fences.hinted)) return
  const { remove_below, idle } = fences
  if (incarnation !== undefined && remove_below > 0) {
    send(context, fences, { kind: 'remove', incarnation, below_seq: remove_below, except: id }, mono_ms)
  } else if (incarnation !== undefined && idle.length > 0) {
    send(context, fences, { kind: 'sweep', incarnation, idle }, mono_ms)
  } else {
    fences.looks++
    fences.hinted = false
    send(context, fences, { kind: 'look', known: [position, ...fences.open.map(({ last }) => last)] }, mono_ms)
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
  last: Position
  receipt: Receipt
}

/**
 * Updates the fences by the rows that a look showed.
 *
 * A fence is over when every row covers it, this node has applied `own_seq`, and no lease of this node's verifiers lacks its
 * entries. A node whose row is gone holds no lease: the
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
  fences.rows = rows
  fences.rows_look = fences.looks
  const others = othersOf(fences, standing)
  const settled = mono_ms >= standing.settled_ms
  for (const fence of judged(fences)) noteBehind(context, fences, fence, { others, settled, mono_ms })
  const confirmed = takeConfirmed(fences, judged(fences), standing, mono_ms)
  fences.idle = findIdle(context, fences, others, mono_ms)
  scheduleLook(context, fences, standing, mono_ms)
  return confirmed
}

/** Takes those of the fences that are over, by the last look and by what notifications have said. */
function takeConfirmed(fences: Fences, some: Fence[], standing: Standing, mono_ms: number): Confirmed[] {
  if (mono_ms < standing.settled_ms) return []
  const others = othersOf(fences, standing)
  const isOver = (fence: Fence) =>
    standing.applied_seq >= fence.own_seq &&
    mono_ms >= standing.coveredAt(fence.last.seq) &&
    others.every((row) => covers(fences, row, fence))
  const over = new Set(some.filter(isOver))
  if (over.size === 0) return []
  fences.open = fences.open.filter((fence) => !over.has(fence))
  if (fences.open.length === 0) fences.shown.clear()
  const verifiers = others.reduce((sum, row) => sum + row.verifiers, standing.holders())
  return [...over].map((fence) => {
    const { tickets, last } = fence
    return { tickets, last, receipt: receiptFor(fence, fences.rows, verifiers, mono_ms) }
  })
}

/** Whether the other nodes have the entries of an open fence, as far as this node knows without another look. */
export function hasCovered(fences: Fences, standing: Standing, fence: Fence): boolean {
  return fence.first_look <= fences.rows_look && othersOf(fences, standing).every((row) => covers(fences, row, fence))
}

/**
 * Takes what a notification says about a row. For the fences that end with the entry that the row shows, this is as good as
 * a look at the row: the transaction that wrote the row has seen the entry in the log. Which rows there are, only a look can
 * tell. A row that is missing in the look is of a node that has read the entries. About other fences the notification says nothing, because the log
 * may have lost their entries.
 * @returns the fences that are over. Undefined: only a look can tell what the row means
 */
export function takeShown(
  fences: Fences,
  { id, applied }: Shown,
  standing: Standing,
  mono_ms: number,
): Confirmed[] | undefined {
  const { open, shown } = fences
  const ending = open.filter(({ last }) => last.seq === applied.seq && last.mark === applied.mark)
  if (ending.length === 0) return open.every(({ last }) => last.seq > applied.seq) ? [] : undefined
  shown.set(id, applied)
  const some = ending.filter((fence) => fence.first_look <= fences.rows_look)
  return takeConfirmed(fences, some, standing, mono_ms)
}

function othersOf({ rows }: Fences, { id }: Standing): NodeRow[] {
  return rows.filter((row) => row.id !== id)
}

/** The fences that the last look may end. */
function judged({ open, rows_look }: Fences): Fence[] {
  return open.filter(({ first_look }) => first_look <= rows_look)
}

/** A lost row shows a number of another log, so it says nothing. It covers no fence until it is gone. */
function covers({ shown }: Fences, { id, applied_seq, lost }: NodeRow, { last }: Fence): boolean {
  return (!lost && applied_seq >= last.seq) || shown.get(id)?.mark === last.mark
}

/** Notes which rows are behind a fence, and whether they have been waited out. */
function noteBehind(
  context: Context,
  fences: Fences,
  fence: Fence,
  { others, settled, mono_ms }: { others: NodeRow[]; settled: boolean; mono_ms: number },
): void {
  const behind = others.filter((row) => !covers(fences, row, fence))
  for (const row of behind) fence.late.add(row.id)
  // While leases may run whose rows are lost, the longest lease of any node counts.
  const waitedFor = settled ? behind : others
  fence.lease_ms = Math.max(fence.lease_ms, ...waitedFor.map((row) => row.lease_ms))
  // A lost row with a higher number is removed when it has stood still for long enough, as the row of a dead node is.
  const removable = behind.some((row) => row.applied_seq < fence.last.seq)
  if (removable && mono_ms >= endOf(context, fence)) {
    fences.remove_below = Math.max(fences.remove_below, fence.last.seq)
  }
}

/** From this time on no lease runs that lacks the fence's entries. */
function endOf({ timing }: Context, fence: Fence): number {
  return fence.since_ms + timing.wait_ms(fence.lease_ms)
}

function receiptFor(fence: Fence, rows: NodeRow[], verifiers: number, mono_ms: number): Receipt {
  // A row that has gone sooner than this was not waited out: its node has left. A later one may have left too.
  const late = mono_ms >= fence.since_ms + fence.lease_ms / 2 ? [...fence.late] : []
  const waited_out = late.filter((id) => !rows.some((row) => row.id === id))
  return { nodes: rows.length, verifiers, waited_ms: mono_ms - fence.since_ms, waited_out }
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
function scheduleLook(context: Context, fences: Fences, { settled_ms, coveredAt }: Standing, mono_ms: number): void {
  const { timing } = context
  if (fences.remove_below > 0 || fences.idle.length > 0) {
    fences.due_ms = mono_ms
  } else if (fences.open.length === 0) {
    fences.due_ms = mono_ms + timing.lease_ms
  } else {
    const fenceEnds = fences.open.flatMap((fence) => [endOf(context, fence), coveredAt(fence.last.seq)])
    const ends = [settled_ms, ...fenceEnds].filter((end) => end > mono_ms)
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
  fences.rows = []
  fences.rows_look = 0
  fences.shown.clear()
  fences.seen.clear()
  lookAgain(fences, due_ms)
  return tickets
}
