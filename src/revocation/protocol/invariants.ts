import type { Instant } from '../check/lease.ts'
import type { Node } from './node.ts'
import { hasAppliedAll } from './renewal.ts'

/** The node is in a state that the protocol excludes. This is a fault in Latchkey, or in the driver. */
export class InvariantError extends Error {
  override name = 'InvariantError'
}

/** @throws InvariantError that names what should hold */
export function invariant(holds: boolean, what: string): void {
  if (!holds) throw new InvariantError(`the revocation protocol is broken: ${what}`)
}

/** What must hold before a step. Each check takes constant time, so that production can afford all of them. */
export function checkBeforeStep(node: Node, now: Instant): void {
  invariant(now.mono_ms >= node.stepped_ms, 'the monotonic clock does not go back')
  node.stepped_ms = now.mono_ms
}

/** What must hold after a step. Takes constant time, except for one pass over the open fences. */
export function checkAfterStep(node: Node, now: Instant): void {
  checkLease(node, now)
  checkRow(node)
  checkTickets(node)
}

function checkLease({ renewal, timing }: Node, now: Instant): void {
  const { lease, next, began } = renewal
  if (lease === undefined) return
  invariant(next === 'read' || next === 'renew' || next === 'show', 'a lease belongs to a node that has joined')
  invariant(renewal.id !== undefined, 'a lease belongs to a row')
  invariant(began.mono_ms <= now.mono_ms, 'a read was sent in the past')
  invariant(lease.mono_ms <= began.mono_ms + timing.lease_ms, 'a lease counts from a read of the log')
}

function checkRow({ renewal }: Node): void {
  const { next, inFlight } = renewal
  const writes = inFlight !== undefined && (next === 'insert' || next === 'renew' || next === 'show')
  invariant(!writes || hasAppliedAll(renewal), 'entries are applied before the row shows them')
  invariant(next !== 'rest' || renewal.id === undefined, 'a node at rest has no row')
}

function checkTickets({ appends, fences, tickets }: Node): void {
  invariant(appends.batch.length > 0 === (appends.inFlight !== undefined), 'a batch is in flight, or there is none')
  let count = appends.waiting.length + appends.batch.length
  for (const fence of fences.open) count += fence.tickets.length
  invariant(count === tickets.size, 'every open ticket waits in one place')
}
