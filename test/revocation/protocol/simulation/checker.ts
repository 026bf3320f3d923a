import { checkFollower } from '../../../../src/revocation/feed/follower.ts'
import type { Effect } from '../../../../src/revocation/protocol/messages.ts'
import { check } from '../../../../src/revocation/protocol/node.ts'
import { plan } from './agenda.ts'
import { drawDelay } from './chances.ts'
import { claimsOf } from './claims.ts'
import { readClock } from './clock.ts'
import { isLive } from './database.ts'
import type { Client } from './verifiers.ts'
import { type Host, log, type World } from './world.ts'

/** Records what was asked and answered, and the first violation. */
export interface Checker {
  tickets: TicketRecord[]
  /** The real time at which the revocation of a token was first answered, by token. */
  effective: Map<string, number>
  violation: string | undefined
  /** Requests decided from memory, and by the database. These counts show that the schedules test something. */
  checks: number
  asks: number
}

interface TicketRecord {
  jti: string
  host: Host
  process: Host['process']
  /** When the process learned of the ticket. Infinite before. */
  asked_at: number
  outcome: 'open' | 'effective' | 'unconfirmed'
  waited_ms: number
  /** What follows if the fleet has the entry. */
  then: () => void
}

export function createChecker(): Checker {
  return { tickets: [], effective: new Map(), violation: undefined, checks: 0, asks: 0 }
}

/** Records a revocation that a client requests. @returns the ticket */
export function recordTicket(world: World, host: Host, jti: string): string {
  const { effective } = world.checker
  return recordAppend(world, host, jti, () => {
    if (!effective.has(jti)) effective.set(jti, world.agenda.now_ms)
    for (const other of world.hosts) checkNode(world, other)
    for (const client of world.clients) checkClient(world, client)
  })
}

/** Records an append that a process waits for. @returns the ticket */
export function recordAppend(world: World, host: Host, jti: string, then: () => void): string {
  const { tickets } = world.checker
  const { process } = host
  tickets.push({ jti, host, process, asked_at: Number.POSITIVE_INFINITY, outcome: 'open', waited_ms: 0, then })
  return String(tickets.length - 1)
}

/** Records that the process has learned of the ticket. */
export function takeTicket(world: World, ticket: string): void {
  const record = world.checker.tickets[Number(ticket)]
  if (record !== undefined) record.asked_at = world.agenda.now_ms
}

/** Records the answer to a client. From now on no host may accept a request with the token. */
export function takeOutcome(world: World, host: Host, effect: Effect & { kind: 'effective' | 'unconfirmed' }): void {
  const record = world.checker.tickets[Number(effect.ticket)]
  if (record === undefined || record.process !== host.process) throw new Error('an answer that no process waits for')
  if (record.outcome !== 'open') violate(world, `ticket ${effect.ticket} was answered twice`)
  record.outcome = effect.kind
  record.waited_ms = world.agenda.now_ms - record.asked_at
  log(world, () => `${host.name} answers ${JSON.stringify(effect)}`)
  if (effect.kind === 'effective') record.then()
}

/** A restore has undone revocations. Their tokens live again, and no answer from before says anything about them. */
export function forgetUndone({ checker, database }: World): void {
  for (const jti of checker.effective.keys()) if (isLive(database, jti)) checker.effective.delete(jti)
}

/**
 * Sends a request with each revoked token to a host. Between two events the host's set stays the same and its lease
 * only runs out. So checks after each event, at each answer and after each stop find every stale accept.
 */
export function checkNode(world: World, host: Host): void {
  const { checker, agenda } = world
  if (host.process === undefined || agenda.now_ms < host.stopped_until) return
  const { node } = host.process
  if (node.renewal.lease === undefined || checker.effective.size === 0) return
  const now = readClock(host.clock, agenda.now_ms)
  for (const [jti, answered_at] of checker.effective) {
    checker.checks++
    if (check(node, claimsOf(jti), now) !== 'live') continue
    violate(world, `${host.name} accepts ${jti}, although the revocation was answered at ${answered_at.toFixed(1)}`)
  }
}

/** Sends a request with each revoked token to a service that checks tokens with a verifier. */
export function checkClient(world: World, client: Client): void {
  const { checker, agenda } = world
  if (agenda.now_ms < client.stopped_until || client.follower.lease === undefined) return
  const now = readClock(client.clock, agenda.now_ms)
  for (const [jti, answered_at] of checker.effective) {
    checker.checks++
    if (checkFollower(client.follower, claimsOf(jti), now) !== 'live') continue
    violate(world, `${client.name} accepts ${jti}, although the revocation was answered at ${answered_at.toFixed(1)}`)
  }
}

/** Sends a request. The database decides about the request if the host cannot. */
export function request(world: World, host: Host, jti: string): void {
  const { checker, agenda, random, chances } = world
  if (host.process === undefined || agenda.now_ms < host.stopped_until) return
  if (check(host.process.node, claimsOf(jti), readClock(host.clock, agenda.now_ms)) !== 'ask') return
  const began_after_answer = checker.effective.has(jti)
  const { restores } = world.database
  plan(agenda, agenda.now_ms + drawDelay(random, chances.slow), () => {
    checker.asks++
    const live = world.database.up && isLive(world.database, jti)
    if (live && began_after_answer && world.database.restores === restores)
      violate(world, `the database told ${host.name} that ${jti} is live`)
  })
}

export function violate(world: World, what: string): void {
  world.checker.violation ??= what
  log(world, () => `VIOLATION ${what}`)
}
