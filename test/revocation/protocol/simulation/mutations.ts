import { type Instant, type Lease, leaseFrom } from '../../../../src/revocation/check/lease.ts'
import type { Entry } from '../../../../src/revocation/entry.ts'
import type { Fence } from '../../../../src/revocation/protocol/fence.ts'
import type { Answer, Command, DatabaseState, Event } from '../../../../src/revocation/protocol/messages.ts'
import type { Node } from '../../../../src/revocation/protocol/node.ts'
import type { Timing } from '../../../../src/revocation/protocol/timing.ts'
import { lease_ms } from './chances.ts'
import { put, type Statements, statements, stateOf } from './database.ts'

/** A way to break the protocol from outside. The simulation must notice each. */
export interface Mutation {
  name: string
  timing?: (timing: Timing) => Timing
  /** Statements that do something else. */
  statements?: Partial<Statements>
  /** Sequence numbers are given out when an append arrives, not when its turn to commit has come. */
  numbersEarly?: boolean
  /** An answer that a node makes up instead of asking. */
  answerFor?: (command: Command, node: Node) => Answer | undefined
  /** A command that a node sends instead of the right one. */
  sends?: (command: Command, node: Node) => Command
  /** What a node makes of what it hears about the database. */
  hears?: (state: DatabaseState) => DatabaseState
  /** What a node does besides, after each event. */
  after?: (node: Node, event: Event, now: Instant) => void
  /** The log may be trimmed to nothing. */
  trimsNewest?: boolean
  /** An append that finds its entries in the log commits without writing, and so without waiting for the replica. */
  appendsNothing?: boolean
  /** A process joins under the same id each time. */
  oneId?: boolean
  /** Entries go into the set only when `after` says so. */
  holdsBack?: boolean
}

/** The set of a node that can be made to apply entries late. */
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

/** Leases that have been given a later start already. */
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
    name: 'lease counted from the answer instead of the start',
    after({ renewal, timing }, _event, now) {
      if (renewal.lease === undefined || lengthened.has(renewal.lease)) return
      renewal.lease = leaseFrom(now, timing.lease_ms)
      lengthened.add(renewal.lease)
    },
  },
  {
    name: 'row written before the entries are applied',
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

/** Further rules of the protocol. */
export const furtherMutations: Mutation[] = [
  {
    name: 'a longer lease that is waited out like the own',
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
    name: 'a restart of the database that nobody waits out',
    hears: (state) => ({ ...state, settled: true }),
  },
  {
    name: 'an incarnation that is called settled as soon as somebody looks',
    statements: {
      look(database, command) {
        database.settled = true
        return statements.look(database, command)
      },
    },
  },
  {
    name: 'a look from before the append counts',
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
    name: 'a join that is tried again under the same id',
    oneId: true,
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
    name: 'an own set that learns its own revocations from the log',
    holdsBack: true,
    after(node, event) {
      if (isAnswerTo('read', event)) (node.set as SlowSet).flush()
    },
  },
]

/** Breaks what the caller is told: each ticket is answered once. */
export const answerMutations: Mutation[] = [
  {
    name: 'a ticket that is given up but stays in its fence, and is answered later',
    after(node) {
      const { fences, open, out } = node
      const givenUp = out.flatMap((effect) => (effect.kind === 'unconfirmed' ? [effect.ticket] : []))
      const kept = (lastFences.get(node) ?? []).filter(({ tickets }) => tickets.some(({ id }) => givenUp.includes(id)))
      for (const ticket of kept.flatMap(({ tickets }) => tickets)) open.add(ticket.id)
      fences.open.push(...kept)
      lastFences.set(node, [...fences.open])
    },
  },
]

/** Keeps the promise but does not work. The checks at the end of a schedule must notice. */
export const idleMutations: Mutation[] = [
  {
    name: 'a lost answer is waited for for ever',
    timing: (timing) => ({ ...timing, command_ms: Number.POSITIVE_INFINITY }),
  },
  {
    name: 'a dead node is waited for twice as long',
    timing: (timing) => ({ ...timing, wait_ms: (lease_ms) => 2 * timing.wait_ms(lease_ms) }),
  },
  {
    name: 'dead nodes are never removed',
    statements: { remove: () => ({ kind: 'remove' }) },
  },
  {
    name: 'a removed node does not join again',
    statements: {
      insert: (database, command) => {
        if (command.replaces === undefined) statements.insert(database, command)
        return { kind: 'insert', joined: true }
      },
    },
  },
]

/** Noticed once in thousands of schedules, or in tens of thousands. `bench/simulate.ts` runs these. */
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
    name: 'a newcomer that takes the first incarnation it sees for an old one',
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
    name: 'a log that is trimmed to nothing',
    trimsNewest: true,
  },
]
