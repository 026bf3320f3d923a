import assert from 'node:assert/strict'
import { type Position, start } from '../../../src/revocation/entry.ts'
import type { Answer, Command, Effect, EndedToken, Event, NodeRow } from '../../../src/revocation/protocol/messages.ts'
import { check, createNode, step } from '../../../src/revocation/protocol/node.ts'
import { timingFor } from '../../../src/revocation/protocol/timing.ts'

export const at = (mono_ms: number) => ({ mono_ms, wall_ms: 1_900_000_000_000 + mono_ms })
export const row = (id: string, applied_seq: number, renewals = 1, lease_ms = 1000): NodeRow => ({
  id,
  applied_seq,
  renewals,
  lease_ms,
  lost: false,
  verifiers: 0,
})
export const position = (seq: number): Position => (seq === 0 ? start : { seq, mark: `m${seq}` })
export const look = (rows: NodeRow[]): Answer => ({ kind: 'look', continues: true, rows })
export const appended = (seq: number, ended: EndedToken[], busy: string[] = []): Answer => ({
  kind: 'append',
  after: position(seq - ended.length),
  last: position(seq),
  ended,
  busy,
})
/** A notification of entries after the one with the number `after_seq`. */
export const news = (after_seq: number, jtis: string[], by: string): Event => ({
  kind: 'hint',
  of: 'log',
  news: { after: position(after_seq), entries: jtis.map(entry), last: position(after_seq + jtis.length), by },
})
export const entry = (jti: string) => ({ jti, expires_at: 0 })
export const ended = (request_id: string, jti: string): EndedToken => ({ request_id, jti, expires_at: 0 })
export const revoke = (id: string, jti = 'b'): Event => {
  return { kind: 'revoke', request: { id, jti, user_id: undefined, reason: 'a test', now: -1 } }
}

/** A node, and functions that play its driver and its database. */
export function createDriven() {
  const set = new Set<string>()
  let ids = 0
  const node = createNode({
    timing: timingFor(1000),
    set: { add: ({ jti }) => void set.add(jti), has: ({ jti }) => set.has(jti) },
    newId: () => `me${++ids}`,
  })
  let sent: Command[] = []
  const database = { incarnation: 'first', settled: true }
  const tell = (event: Event, mono_ms: number): Effect[] => {
    const effects = step(node, event, at(mono_ms)).filter(({ kind }) => kind !== 'notify')
    sent = [...effects.filter((effect): effect is Command => 'op' in effect && effect.kind !== 'abandon'), ...sent]
    return effects
  }
  const opOf = (kind: Command['kind']) =>
    sent.find((command) => command.kind === kind)?.op ?? assert.fail(`no ${kind} sent`)
  const answer = (given: Answer, mono_ms: number) =>
    tell({ kind: 'answer', op: opOf(given.kind), answer: given, database: { ...database } }, mono_ms)
  const fail = (kind: Command['kind'], mono_ms: number) => tell({ kind: 'failed', op: opOf(kind) }, mono_ms)
  const verdict = (jti: string, mono_ms: number) => check(node, { jti, sub: 'a user', gen: 0, exp: 0 }, at(mono_ms))
  return { node, database, tell, answer, fail, verdict }
}

export const entries = (last_seq: number, ...jtis: string[]): Answer => {
  return { kind: 'read', continues: true, entries: jtis.map(entry), last: position(last_seq), more: false }
}
export const kinds = (effects: Effect[]) => effects.map(({ kind }) => kind)

/** A node with the id `me1` that holds a lease from 1000 on. */
export function joined() {
  const driven = createDriven()
  driven.tell({ kind: 'join' }, 990)
  driven.answer(look([]), 992)
  driven.answer(entries(3, 'a'), 994)
  driven.answer({ kind: 'insert', joined: true }, 1000)
  driven.answer(entries(3), 1004)
  driven.answer({ kind: 'renew', present: true }, 1008)
  return driven
}
