import type { Entry } from '../../../src/revocation/entry.ts'
import type { Settings } from '../../../src/revocation/lane.ts'
import { type Instant, type Lease, leaseFrom } from '../../../src/revocation/lease.ts'
import type { Member } from '../../../src/revocation/member.ts'
import type { Answer, Command, Event, Seen } from '../../../src/revocation/messages.ts'
import { lease_ms } from './chances.ts'
import { put, type Statements, seen, statements } from './database.ts'

/** A way to break the protocol from outside. The simulation must notice each. */
export interface Mutation {
  name: string
  settings?: (settings: Settings) => Settings
  /** Statements that do something else. */
  statements?: Partial<Statements>
  /** Sequence numbers are given out when an append arrives, not when its turn to commit has come. */
  numbersEarly?: boolean
  /** An answer that a node makes up instead of asking. */
  answerFor?: (command: Command, member: Member) => Answer | undefined
  /** A command that a node sends instead of the right one. */
  sends?: (command: Command, member: Member) => Command
  /** What a node makes of what it hears about the database. */
  hears?: (seen: Seen) => Seen
  /** What a node does besides, after each event. */
  after?: (member: Member, event: Event, now: Instant) => void
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

const firstSeen = new WeakMap<Member, string>()
const placeInLog = new WeakMap<Member, number>()

/** The six that the issue names. */
export const namedMutations: Mutation[] = [
  {
    name: 'no wait for leases',
    settings: (settings) => ({ ...settings, wait_ms: () => 0 }),
  },
  {
    name: 'lease counted from the answer instead of the start',
    after({ membership, settings }, _event, now) {
      if (membership.lease === undefined || lengthened.has(membership.lease)) return
      membership.lease = leaseFrom(now, settings.lease_ms)
      lengthened.add(membership.lease)
    },
  },
  {
    name: 'row written before the entries are applied',
    holdsBack: true,
    after(member, event) {
      const writing = member.membership.flight !== undefined && member.membership.next === 'renew'
      if (!writing || isAnswerTo('append', event)) (member.set as SlowSet).flush()
    },
  },
  {
    name: 'sequence numbers that become visible out of order',
    numbersEarly: true,
  },
  {
    name: 'a join that loads before it inserts',
    answerFor(command, member) {
      const { shown_seq, renewals } = member.membership
      if (command.kind !== 'read' || member.membership.next !== 'read' || renewals > 0) return undefined
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

/** More of them: what this protocol does beyond the six must be needed too. */
export const furtherMutations: Mutation[] = [
  {
    name: 'a longer lease that is waited out like the own',
    settings: (settings) => ({ ...settings, wait_ms: () => settings.wait_ms(settings.lease_ms) }),
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
      remove: (database, command) => statements.remove(database, { ...command, ...seen(database) }),
      sweep: (database, command) => statements.sweep(database, { ...command, ...seen(database) }),
    },
  },
  {
    name: 'a restart of the database that nobody waits out',
    hears: (seen) => ({ ...seen, settled: true }),
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
    after(member) {
      for (const fence of member.fences.open) fence.first_look = 0
    },
  },
  {
    name: 'a suspension that goes unnoticed',
    after({ membership }) {
      if (membership.lease !== undefined) membership.lease = { ...membership.lease, wall_ms: Number.POSITIVE_INFINITY }
    },
  },
  {
    name: 'a sweep that does not look at the number of renewals',
    statements: {
      sweep(database, { idle }) {
        for (const { id } of idle) database.rows.delete(id)
        return { kind: 'sweep' }
      },
    },
  },
  {
    name: 'a join that is tried again under the same id',
    oneId: true,
  },
  {
    name: 'an own set that learns its own revocations from the log',
    holdsBack: true,
    after(member, event) {
      if (isAnswerTo('read', event)) (member.set as SlowSet).flush()
    },
  },
]

/** Ways to be safe and useless: the second half of the checker must notice. */
export const idleMutations: Mutation[] = [
  {
    name: 'a lost answer is waited for for ever',
    settings: (settings) => ({ ...settings, command_ms: Number.POSITIVE_INFINITY }),
  },
  {
    name: 'a dead node is waited for twice as long',
    settings: (settings) => ({ ...settings, wait_ms: (lease_ms) => 2 * settings.wait_ms(lease_ms) }),
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

/** Noticed once in thousands of schedules, or tens of thousands: for the bench. */
export const rareMutations: Mutation[] = [
  {
    name: 'a node that keeps its place in the log when the database has lost commits',
    sends(command, member) {
      if (command.kind !== 'read') return command
      const after_seq = Math.max(command.after_seq, placeInLog.get(member) ?? 0)
      placeInLog.set(member, after_seq)
      return { ...command, after_seq }
    },
  },
  {
    name: 'a newcomer that takes the first incarnation it sees for an old one',
    after(member) {
      if (!firstSeen.has(member) && member.incarnation !== undefined) firstSeen.set(member, member.incarnation)
      if (firstSeen.get(member) === member.incarnation) member.settled_at = Number.NEGATIVE_INFINITY
    },
  },
  {
    name: 'no margin for the rates of clocks',
    settings: (settings) => ({ ...settings, wait_ms: (lease_ms) => lease_ms }),
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
