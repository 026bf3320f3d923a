import { leaseFrom } from '../../../../src/revocation/check/lease.ts'
import type { Node } from '../../../../src/revocation/protocol/node.ts'
import type { Mutation } from './mutations.ts'

/** The nodes that write their row without a read before. */
const showing = new WeakSet<Node>()

/** Each breaks one rule of the notifications that say what was appended or what a row shows. */
export const newsMutations: Mutation[] = [
  {
    name: 'entries from a notification although entries before them are missing',
    takesHint(hint, { renewal }) {
      if (hint.of !== 'log' || hint.news === undefined) return hint
      return { ...hint, news: { ...hint.news, after: renewal.applied } }
    },
  },
  {
    name: 'a lease for a row that was written without a read before',
    after(node, event, now) {
      const { renewal, timing } = node
      const isAnswered = event.kind === 'answer' && event.answer.kind === 'renew' && showing.has(node)
      if (isAnswered && renewal.lease !== undefined) renewal.lease = leaseFrom(now, timing.lease_ms)
      if (renewal.next === 'show') showing.add(node)
      else showing.delete(node)
    },
  },
  {
    name: 'a notification of a row ends a fence without a look',
    after(node) {
      node.fences.rows_look = Number.POSITIVE_INFINITY
    },
  },
  {
    name: 'a row that shows any number counts for every fence',
    takesHint(hint, { fences }) {
      const last = fences.open.at(-1)?.last
      if (hint.of !== 'rows' || hint.shown === undefined || last === undefined) return hint
      return { ...hint, shown: { ...hint.shown, applied: last } }
    },
  },
]

/** Needs a database that goes back while a revocation waits. */
export const rareNewsMutations: Mutation[] = [
  {
    name: 'a notification of a row whose entry the log has lost',
    tellsAnyRow: true,
  },
  {
    name: 'a notification of a row from an earlier incarnation',
    takesHint(hint, { incarnation }) {
      if (hint.of !== 'rows' || hint.shown === undefined || incarnation === undefined) return hint
      return { ...hint, shown: { ...hint.shown, incarnation } }
    },
  },
]
