import { randomUUID } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import type { Logger } from 'pino'
import { StoreError } from '../store/open.ts'
import type { Entry } from './entry.ts'
import { append, type Done, execute, leave, type NodeInfo, settle, type Wish } from './fleet-records.ts'
import { holds, type Instant, type Lease } from './lease.ts'
import { createListener } from './listener.ts'
import { check, createMember, type Member, settingsFor, step, wakeAt } from './member.ts'
import type { Answer, Command, Effect, Event, Receipt, Seen } from './messages.ts'
import { oncePerTurn } from './once-per-turn.ts'
import type { RevokedSet } from './revoked-set.ts'
import { watchTrouble } from './trouble.ts'

/** What came of a revocation: the fleet's receipt, and whether a token was ended. */
export interface Outcome {
  receipt: Receipt
  granted: boolean
}

/** The log could not take a revocation, or the fleet could not confirm it, in time. Asking again does no harm. */
export class Unconfirmed extends Error {
  override name = 'Unconfirmed'
}

/** A member of the fleet at work: the state machine of member.ts, driven by clocks, timers and PostgreSQL. */
export interface Follower {
  check: (jti: string, expires_at: number) => Promise<'live' | 'revoked' | 'ask'>
  holdsLease: () => boolean
  /** Ends a token through the log. @throws Unconfirmed */
  revoke: (wish: Wish) => Promise<Outcome>
  /** Waits for the fleet to have what a transaction has appended. @throws Unconfirmed */
  confirm: (appended: { seq: number; seen: Seen }, entries: Entry[]) => Promise<Receipt>
  /** Follows the log; resolves with the first lease. */
  join: () => Promise<void>
  leave: () => Promise<void>
  /** For the metrics. */
  member: Member
  /** What the database has told so far, for the metrics. */
  heard: Heard
}

/** As this process knows it; it may be more by now. */
interface Heard {
  /** The last lease that was held; it may be over, or have been given up. */
  lease: Lease | undefined
  nodes: number
  last_seq: number
}

const otherFleet = 'nodes with another LEASE_MS, or another version of the protocol, run on this database'

interface Waiting {
  /** Missing where a transaction of the caller's own has appended: then it cannot be appended again from here. */
  wish: Wish | undefined
  granted: boolean
  resolve: (outcome: Outcome) => void
  reject: (error: Error) => void
}

/**
 * @param pool connections for nothing else: a renewal must not queue behind the service's queries
 */
export function createFollower(
  pool: Pool,
  info: NodeInfo,
  set: Pick<RevokedSet, 'add' | 'has'>,
  log: Logger,
): Follower {
  const member = createMember({ settings: settingsFor(info.lease_ms), set, newId: randomUUID })
  const waiting = new Map<string, Waiting>()
  const running = new Map<number, PoolClient | undefined>()
  const listener = createListener(pool, log, (of) => dispatch({ kind: 'hint', of }))
  let timer: NodeJS.Timeout | undefined
  let firstLease: PromiseWithResolvers<void> | undefined
  let stopped = false
  const trouble = watchTrouble(log, 'the fleet protocol meets errors', () => performance.now())
  const heard: Heard = { lease: undefined, nodes: 0, last_seq: 0 }

  const clocks = oncePerTurn(instant)

  const dispatch = (event: Event) => {
    if (stopped) return
    for (const effect of step(member, event, instant())) perform(effect)
    if (member.membership.lease !== undefined) firstLease?.resolve()
    heard.lease = member.membership.lease ?? heard.lease
    clearTimeout(timer)
    const due_ms = wakeAt(member) - performance.now()
    if (due_ms !== Number.POSITIVE_INFINITY) timer = setTimeout(() => dispatch({ kind: 'tick' }), Math.max(0, due_ms))
  }

  const perform = (effect: Effect) => {
    if (effect.kind === 'abandon') return abandon(effect.op)
    if (effect.kind === 'effective') return finish(effect.ticket, effect.receipt)
    if (effect.kind === 'unconfirmed') return giveUp(effect.ticket)
    void run(effect)
  }

  const finish = (ticket: string, receipt: Receipt) => {
    const one = waiting.get(ticket)
    waiting.delete(ticket)
    one?.resolve({ receipt, granted: one.granted })
  }

  const giveUp = (ticket: string) => {
    const one = waiting.get(ticket)
    waiting.delete(ticket)
    one?.reject(new Unconfirmed('the fleet could not confirm the revocation in time'))
  }

  const abandon = (op: number) => {
    destroy(running.get(op))
    running.delete(op)
  }

  const run = async (command: Command) => {
    running.set(command.op, undefined)
    let client: PoolClient | undefined
    try {
      client = await pool.connect()
      if (!running.has(command.op)) return client.release()
      running.set(command.op, client)
      const done = await carryOut(client, command)
      if (!running.delete(command.op)) return
      client.release()
      if (done === undefined) return
      if (done.answer.kind === 'insert' && !done.answer.joined) stayOut()
      else trouble.end()
      note(heard, done.answer)
      dispatch({ kind: 'answer', op: command.op, ...done })
    } catch (error) {
      if (!running.delete(command.op)) return
      destroy(client)
      trouble.meet({ command: command.kind, why: (error as Error).message })
      dispatch({ kind: 'failed', op: command.op })
    }
  }

  const stayOut = () => {
    firstLease?.reject(new StoreError(otherFleet))
    trouble.meet({ command: 'insert', why: otherFleet })
  }

  const carryOut = async (client: PoolClient, command: Command): Promise<Pick<Done, 'answer' | 'seen'> | undefined> => {
    if (command.kind === 'settle') return void (await settle(client, command.incarnation))
    if (command.kind === 'leave') return void (await leave(client, command.id))
    if (command.kind === 'sweep') {
      log.warn(
        { nodes: command.idle.map(({ id }) => id) },
        'nodes that have stood still for a lease are taken from the fleet',
      )
    }
    if (command.kind !== 'append') return execute(client, command, info)
    const done = await append(client, wishesOf(command.tickets))
    for (const id of done.granted ?? []) {
      const one = waiting.get(id)
      if (one) one.granted = true
    }
    return done
  }

  /** A transaction of a caller's own may be lost with an incarnation: only the caller can do it again. */
  const wishesOf = (tickets: string[]): Wish[] =>
    tickets.flatMap((ticket) => {
      const wish = waiting.get(ticket)?.wish
      if (wish === undefined) giveUp(ticket)
      return wish ?? []
    })

  const waitFor = (ticket: string, wish: Wish | undefined, event: Event) =>
    new Promise<Outcome>((resolve, reject) => {
      waiting.set(ticket, { wish, granted: false, resolve, reject })
      dispatch(event)
    })

  return {
    member,
    heard,
    check: (jti, expires_at) => clocks().then((now) => check(member, jti, expires_at, now)),
    holdsLease: () => holds(member.membership.lease, instant()),
    revoke: (wish) => waitFor(wish.revocation_id, wish, { kind: 'revoke', ticket: wish.revocation_id }),
    async confirm({ seq, seen }, entries) {
      const ticket = randomUUID()
      const { receipt } = await waitFor(ticket, undefined, { kind: 'committed', ticket, seq, entries, seen })
      return receipt
    },
    join() {
      listener.start()
      firstLease = Promise.withResolvers()
      dispatch({ kind: 'join' })
      return firstLease.promise
    },
    async leave() {
      stopped = true
      listener.stop()
      const id = member.membership.id
      clearTimeout(timer)
      step(member, { kind: 'leave' }, instant())
      if (id !== undefined) await leave(pool, id).catch(() => undefined)
    },
  }
}

function note(heard: Heard, answer: Answer): void {
  if (answer.kind === 'look') {
    heard.nodes = answer.rows.length
    heard.last_seq = Math.max(heard.last_seq, ...answer.rows.map((row) => row.applied_seq))
  } else if (answer.kind === 'append') heard.last_seq = Math.max(heard.last_seq, answer.seq)
  else if (answer.kind === 'read') heard.last_seq = Math.max(heard.last_seq, answer.last_seq)
}

/** Cuts a connection off, whatever runs on it. */
function destroy(client: PoolClient | undefined): void {
  if (client === undefined) return
  const { stream } = (client as unknown as { connection: { stream: { destroy: () => void } } }).connection
  client.release(true)
  stream.destroy()
}

/** Both of this process's clocks, now. */
function instant(): Instant {
  return { mono_ms: performance.now(), wall_ms: Date.now() }
}
