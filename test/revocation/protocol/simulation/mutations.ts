import { type Instant, type Lease, leaseFrom } from '../../../../src/revocation/check/lease.ts'
import type { Entry } from '../../../../src/revocation/entry.ts'
import type { Fence } from '../../../../src/revocation/protocol/fence.ts'
import type { Answer, Command, DatabaseState, Event } from '../../../../src/revocation/protocol/messages.ts'
import type { Node } from '../../../../src/revocation/protocol/node.ts'
import type { Timing } from '../../../../src/revocation/protocol/timing.ts'
import { lease_ms } from './chances.ts'
import { put, type Statements, statements, stateOf } from './database.ts'

/** A change that breaks the protocol from outside. The simulation must detect each one. */
export interface Mutation {
  name: string
  timing?: (timing: Timing) => Timing
  /** Statements that replace the correct ones. */
  statements?: Partial<Statements>
  /** Sequence numbers are assigned when an append arrives, not when it commits. */
  numbersEarly?: boolean
  /** An answer that the node gets without asking the database. */
  answerFor?: (command: Command, node: Node) => Answer | undefined
  /** A command that the node sends instead of the correct one. */
  sends?: (command: Command, node: Node) => Command
  /** The database's state as the node sees it. */
  hears?: (state: DatabaseState) => DatabaseState
  /** Changes the node after each event. */
  after?: (node: Node, event: Event, now: Instant) => void
  /** Trimming may delete the newest entry. */
  trimsNewest?: boolean
  /** A repeated append commits without writing, and so does not wait for the replica. */
  appendsNothing?: boolean
  /** A process joins under the same id each time. */
  oneId?: boolean
  /** Entries enter the set only when `after` flushes them. */
  holdsBack?: boolean
}

/** A set of a node that can apply entries late. */
export interface SlowSet {
  add: (entry: Entry) => void
  has: (jti: string) => boolean
  flush: () => void
}

export function createSet(holdsBack: boolean): SlowSet {
  const held: string[] = []
  const set = new Set<string>()
  return {
    add: ({ jti }) => (holdsBack ? held.push(jti) : set.add(jti)),
    has: (jti) => set.has(jti),
    flush() {
      for (const jti of held.splice(0)) set.add(jti)
    },
  }
}

const isAnswerTo = (kind: Command['kind'], event: Event) => event.kind === 'answer' && event.answer.kind === kind

/** Leases that already have a later start. */
const lengthened = new WeakSet<Lease>()

const firstSeen = new WeakMap<Node, string>()
const placeInLog = new WeakMap<Node, number>()
const lastLease = new WeakMap<Node, Lease>()
const lastFences = new WeakMap<Node, Fence[]>()

/** Each breaks one rule that docs/revocation.md states. */
export const namedMutations: Mutation[] = [
  {
    name: 'no wait for leases',
    timing: (timing) => ({ ...timing, wait_ms: () => 0 }),
  },
  {
    name: 'a lease counted from the answer instead of the start',
    after({ renewal, timing }, _event, now) {
      if (renewal.lease === undefined || lengthened.has(renewal.lease)) return
      renewal.lease = leaseFrom(now, timing.lease_ms)
      lengthened.add(renewal.lease)
    },
  },
  {
    name: 'a row written before the entries are applied',
    holdsBack: true,
    after(node, event) {
      const writing = node.renewal.inFlight !== undefined && node.renewal.next === 'renew'
      if (!writing || isAnswerTo('append', event)) (node.set as SlowSet).flush()
    },
  },
  {
    name: 'sequence numbers that become visible out of order',
    numbersEarly: true,
  },
  {
    name: 'a join that loads before it inserts',
    answerFor(command, node) {
      const { shown_seq, renewals } = node.renewal
      if (command.kind !== 'read' || node.renewal.next !== 'read' || renewals > 0) return undefined
      return { kind: 'read', entries: [], last_seq: shown_seq, more: false }
    },
  },
  {
    name: 'a removed row that may still renew',
    statements: {
      renew(database, { id, applied_seq, renewal }) {
        put(database, { id, applied_seq, renewals: renewal, lease_ms })
        return { kind: 'renew', present: true }
      },
    },
  },
]

/** Other rules of the protocol. */
export const otherMutations: Mutation[] = [
  {
    name: 'a longer lease that is waited out by the own length',
    timing: (timing) => ({ ...timing, wait_ms: () => timing.wait_ms(timing.lease_ms) }),
  },
  {
    name: 'a late renewal that sets a row back',
    statements: {
      renew(database, { id, applied_seq, renewal }) {
        const row = database.rows.get(id)
        if (row !== undefined) put(database, { ...row, applied_seq, renewals: renewal })
        return { kind: 'renew', present: row !== undefined }
      },
    },
  },
  {
    name: 'a restart of the database that goes unnoticed',
    hears: () => ({ incarnation: 'the same', settled: true }),
    statements: {
      remove: (database, command) => statements.remove(database, { ...command, ...stateOf(database) }),
      sweep: (database, command) => statements.sweep(database, { ...command, ...stateOf(database) }),
    },
  },
  {
    name: 'a restart of the database that no node waits out',
    hears: (state) => ({ ...state, settled: true }),
  },
  {
    name: 'an incarnation that is settled by the first look',
    statements: {
      look(database, command) {
        database.settled = true
        return statements.look(database, command)
      },
    },
  },
  {
    name: 'a look from before the append that counts',
    after(node) {
      for (const fence of node.fences.open) fence.first_look = 0
    },
  },
  {
    name: 'a suspension that goes unnoticed',
    after({ renewal }) {
      if (renewal.lease !== undefined) renewal.lease = { ...renewal.lease, wall_ms: Number.POSITIVE_INFINITY }
    },
  },
  {
    name: 'a sweep that does not look at the number of renewals',
    statements: {
      sweep(database, { idle }) {
        for (const { id } of idle) database.rows.delete(id)
        return { kind: 'sweep', removed: [] }
      },
    },
  },
  {
    name: 'a join that is repeated under the same id',
    oneId: true,
  },
  {
    name: 'a node that answers for tokens that another node has ended before it has read of them',
    after({ fences }) {
      for (const fence of fences.open) fence.own_seq = Number.NEGATIVE_INFINITY
    },
  },
  {
    name: 'a node that leaves but keeps its lease',
    after(node, event) {
      const { renewal } = node
      if (event.kind === 'leave') renewal.lease = lastLease.get(node)
      else if (renewal.lease !== undefined) lastLease.set(node, renewal.lease)
    },
  },
  {
    name: 'a node that learns its own revocations from the log',
    holdsBack: true,
    after(node, event) {
      if (isAnswerTo('read', event)) (node.set as SlowSet).flush()
    },
  },
]

/** Breaks the rule that each ticket is answered once. */
export const answerMutations: Mutation[] = [
  {
    name: 'a ticket that is given up but stays in its fence, and is answered later',
    after(node) {
      const { fences, out } = node
      const givenUp = out.flatMap((effect) => (effect.kind === 'unconfirmed' ? [effect.ticket] : []))
      const kept = (lastFences.get(node) ?? []).filter(({ tickets }) => tickets.some(({ id }) => givenUp.includes(id)))
      for (const ticket of kept.flatMap(({ tickets }) => tickets)) node.tickets.add(ticket.id)
      fences.open.push(...kept)
      lastFences.set(node, [...fences.open])
    },
  },
]

/** No stale accept, but no progress either. The checks at the end of a schedule must detect this. */
export const livenessMutations: Mutation[] = [
  {
    name: 'a node that waits forever for a lost answer',
    timing: (timing) => ({ ...timing, command_ms: Number.POSITIVE_INFINITY }),
  },
  {
    name: 'a dead node that is waited for twice as long',
    timing: (timing) => ({ ...timing, wait_ms: (lease_ms) => 2 * timing.wait_ms(lease_ms) }),
  },
  {
    name: 'dead nodes that are never removed',
    statements: { remove: () => ({ kind: 'remove' }) },
  },
  {
    name: 'a removed node that does not join again',
    statements: {
      insert: (database, command) => {
        if (command.replaces === undefined) statements.insert(database, command)
        return { kind: 'insert', joined: true }
      },
    },
  },
]

/** Detected once in thousands of schedules, or in tens of thousands. `bench/simulate.ts` runs these. */
export const rareMutations: Mutation[] = [
  {
    name: 'a node that keeps its place in the log when the database has lost commits',
    sends(command, node) {
      if (command.kind !== 'read') return command
      const after_seq = Math.max(command.after_seq, placeInLog.get(node) ?? 0)
      placeInLog.set(node, after_seq)
      return { ...command, after_seq }
    },
  },
  {
    name: 'a new process that takes its first incarnation for an old one',
    after(node) {
      if (!firstSeen.has(node) && node.incarnation !== undefined) firstSeen.set(node, node.incarnation)
      if (firstSeen.get(node) === node.incarnation) node.settled_ms = Number.NEGATIVE_INFINITY
    },
  },
  {
    name: 'no margin for the rates of clocks',
    timing: (timing) => ({ ...timing, wait_ms: (lease_ms) => lease_ms }),
  },
  {
    name: 'a repeated append that writes nothing',
    appendsNothing: true,
  },
  {
    name: 'a log that is trimmed completely',
    trimsNewest: true,
  },
]
