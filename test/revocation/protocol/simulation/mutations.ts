import { type Instant, type Lease, leaseFrom } from '../../../../src/revocation/check/lease.ts'
import { type Entry, type EntrySet, horizon, horizonEntry } from '../../../../src/revocation/entry.ts'
import type { Action, Follower } from '../../../../src/revocation/feed/follower.ts'
import type { Fence } from '../../../../src/revocation/protocol/fence.ts'
import type { Answer, Command, DatabaseState, Event } from '../../../../src/revocation/protocol/messages.ts'
import type { Node } from '../../../../src/revocation/protocol/node.ts'
import type { Timing } from '../../../../src/revocation/protocol/timing.ts'
import { lease_ms } from './chances.ts'
import { claimsOf } from './claims.ts'
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
  /** A node does not apply the horizon. */
  forgetsHorizon?: boolean
  /** Rows and entries are deleted before every node knows the horizon. */
  prunesEarly?: boolean
  /** Rows and entries are deleted although the database has gone back and lost the horizon. */
  prunesAnyway?: boolean
  /** A repeated append commits without writing, and so does not wait for the replica. */
  appendsNothing?: boolean
  /** A process joins under the same id each time. */
  oneId?: boolean
  /** Entries enter the set only when `after` flushes them. */
  holdsBack?: boolean
  /** Entries enter a verifier's set only when `afterFollower` flushes them. */
  followerHoldsBack?: boolean
  /** Changes a verifier after each of its steps. */
  afterFollower?: (follower: Follower, actions: Action[], now: Instant) => void
  /** A node takes any entries for those that a verifier lacks. */
  resumesAnywhere?: boolean
  /** A notification as the node takes it. */
  takesHint?: (hint: Event & { kind: 'hint' }, node: Node) => Event & { kind: 'hint' }
  /** A notification says what a row shows, also if the log has lost this entry. */
  tellsAnyRow?: boolean
  /** Not a broken protocol: a fleet of this size. */
  size?: { hosts: number; verifiers: number }
  /** Called when a verifier sends a question. */
  onQuestion?: (follower: Follower, now: Instant) => void
}

/** A set of a node or a verifier that can apply entries late. */
export interface SlowSet extends EntrySet {
  flush: () => void
  /** Everything that a verifier needs to hold the same set. */
  dump: () => Entry[]
}

export function createSet({ holdsBack, forgetsHorizon }: Mutation): SlowSet {
  const held: Entry[] = []
  const set = new Set<string>()
  let horizon_ms = 0
  const add = ({ jti, expires_at }: Entry) => {
    if (jti !== horizon) set.add(jti)
    else if (!forgetsHorizon) horizon_ms = Math.max(horizon_ms, expires_at)
  }
  return {
    add: (entry) => (holdsBack ? held.push(entry) : add(entry)),
    has: ({ jti, exp }) => exp * 1000 <= horizon_ms || set.has(jti),
    dump: () => [
      ...[...set].map((jti) => ({ jti, expires_at: claimsOf(jti).exp * 1000 })),
      ...(horizon_ms > 0 ? [horizonEntry(horizon_ms)] : []),
    ],
    flush() {
      for (const entry of held.splice(0)) add(entry)
    },
  }
}

const isAnswerTo = (kind: Command['kind'], event: Event) => event.kind === 'answer' && event.answer.kind === kind

/** Leases that already have a later start. */
export const lengthened = new WeakSet<Lease>()

const firstSeen = new WeakMap<Node, string>()
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
      if (command.kind !== 'read' || node.renewal.next !== 'read' || node.renewal.renewals > 0) return undefined
      return { kind: 'read', continues: true, entries: [], last: command.after, more: false }
    },
  },
  {
    name: 'a removed row that may still renew',
    statements: {
      renew(database, { id, applied, renewal }) {
        put(database, { id, applied_seq: applied.seq, mark: applied.mark, renewals: renewal, lease_ms, verifiers: 0 })
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
      renew(database, { id, applied, renewal }) {
        const row = database.rows.get(id)
        if (row !== undefined)
          put(database, { ...row, applied_seq: applied.seq, mark: applied.mark, renewals: renewal })
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
    name: 'a node that keeps its place in a log that has gone back',
    statements: {
      read: (database, command) => ({ ...statements.read(database, command), continues: true }),
    },
  },
  {
    name: 'a fence whose entry need not be in the log',
    statements: {
      look: (database, command) => ({ ...statements.look(database, command), continues: true }),
    },
  },
  {
    name: 'a node that forgets the horizon',
    forgetsHorizon: true,
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
    name: 'rows that are deleted before every node knows the horizon',
    prunesEarly: true,
  },
  {
    name: 'a deletion by a horizon that the log has lost',
    prunesAnyway: true,
  },
  {
    name: 'a row that counts although its entry is not in the log',
    statements: {
      look(database, command) {
        const answer = statements.look(database, command)
        return { ...answer, rows: answer.rows.map((row) => ({ ...row, lost: false })) }
      },
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
