import type { Instant } from '../check/lease.ts'
import type { Ticket } from './append-queue.ts'
import type { Confirmed } from './fence.ts'
import { invariant } from './invariants.ts'
import type { Receipt } from './messages.ts'
import type { Node } from './node.ts'

/** A caller begins to wait. */
export function openTicket<R extends Ticket['request']>(node: Node, id: string, request: R, now: Instant) {
  if (node.audit) invariant(!node.tickets.has(id), 'each ticket has an id of its own')
  node.tickets.add(id)
  return { id, request, asked_ms: now.mono_ms, ended: request === undefined }
}

/** Tells the caller that the fleet has its revocation. */
function confirm(node: Node, { id, ended }: Ticket, receipt: Receipt): void {
  closeTicket(node, id)
  node.out.push({ kind: 'effective', ticket: id, receipt, ended })
}

/** Tells the caller that its revocation is given up. */
export function giveUp(node: Node, { id }: Ticket): void {
  closeTicket(node, id)
  node.out.push({ kind: 'unconfirmed', ticket: id })
}

function closeTicket(node: Node, id: string): void {
  const wasOpen = node.tickets.delete(id)
  if (node.audit) invariant(wasOpen, 'each ticket is answered once')
}

/** Tells the callers of the fences that are over. */
export function confirmAll(node: Node, confirmed: Confirmed[]): void {
  for (const { tickets, last, receipt } of confirmed) {
    node.answered_seq = Math.max(node.answered_seq, last.seq)
    for (const ticket of tickets) confirm(node, ticket, receipt)
  }
}
