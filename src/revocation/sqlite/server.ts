import { randomUUID } from 'node:crypto'
import type { Instant } from '../check/lease.ts'
import type { EntrySet, Position } from '../entry.ts'
import type { VerifierEffect } from '../protocol/messages.ts'
import {
  createSingle,
  type Single,
  type SingleEffect,
  type SingleEvent,
  singleWakeAt,
  stepSingle,
} from '../protocol/single.ts'

/** Carries out what the state machine of a server on SQLite decides, with clocks and timers. */
export interface Server {
  /** Names this process in the row of `feed`. */
  readonly id: string
  readonly single: Single
  /** The callers of revocations that wait for verifiers. */
  readonly waiting: Map<string, (receipt: SingleEffect & { kind: 'effective' }) => void>
  timer: NodeJS.Timeout | undefined
  /** Sends to verifiers. */
  toVerifiers: (effect: VerifierEffect) => void
  left: (settled: boolean) => void
}

export function createServer(lease_ms: number, set: EntrySet): Server {
  return {
    id: randomUUID(),
    single: createSingle(lease_ms, set),
    waiting: new Map(),
    timer: undefined,
    toVerifiers: () => {},
    left: () => {},
  }
}

/** Feeds one event to the machine and carries out what comes out. */
export function dispatch(server: Server, event: SingleEvent): void {
  const { single } = server
  for (const effect of stepSingle(single, event, readClocks())) perform(server, effect)
  clearTimeout(server.timer)
  const due_ms = singleWakeAt(single)
  if (due_ms === Number.POSITIVE_INFINITY) return
  server.timer = setTimeout(() => dispatch(server, { kind: 'tick' }), Math.max(0, due_ms - performance.now()))
}

function readClocks(): Instant {
  return { mono_ms: performance.now(), wall_ms: Date.now() }
}

function perform(server: Server, effect: SingleEffect): void {
  if (effect.kind === 'left') server.left(effect.settled)
  else if (effect.kind === 'effective') {
    server.waiting.get(effect.ticket)?.(effect)
    server.waiting.delete(effect.ticket)
  } else server.toVerifiers(effect)
}

/**
 * Waits until every verifier has the entries up to `last`, or accepts nothing any more.
 * @param others_ms the longest lease that another process may have granted; 0: no other process has
 */
export function waitForVerifiers(
  server: Server,
  last: Position,
  others_ms: number,
): Promise<SingleEffect & { kind: 'effective' }> {
  const ticket = randomUUID()
  return new Promise((resolve) => {
    server.waiting.set(ticket, resolve)
    dispatch(server, { kind: 'committed', ticket, last, others_ms })
  })
}

/**
 * Waits until every lease is over that this process has granted.
 * @returns whether the leases of the processes before are over too
 */
export function leave(server: Server): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  server.left = resolve
  dispatch(server, { kind: 'leave' })
  return promise
}
