import { type Instant, leaseFrom } from '../../../../src/revocation/check/lease.ts'
import type { Follower } from '../../../../src/revocation/feed/follower.ts'
import type { Node } from '../../../../src/revocation/protocol/node.ts'
import type { Single, SingleEvent } from '../../../../src/revocation/protocol/single.ts'
import { lengthened, type Mutation, type SlowSet } from './mutations.ts'

function forgetLeases({ verifiers }: Node): void {
  for (const verifier of verifiers.known.values()) verifier.grants = []
}

const askedBefore = new WeakMap<Follower, Instant>()

/** Each breaks one rule about verifiers. */
export const verifierMutations: Mutation[] = [
  {
    name: "a verifier's lease that counts from the answer",
    afterFollower(follower, _actions, now) {
      const { lease } = follower
      if (lease === undefined || lengthened.has(lease)) return
      const length_ms = lease.mono_ms - (askedBefore.get(follower)?.mono_ms ?? now.mono_ms)
      follower.lease = leaseFrom(now, length_ms)
      lengthened.add(follower.lease)
    },
    onQuestion: (follower, now) => askedBefore.set(follower, now),
  },
  {
    name: "a verifier's lease that outlasts the lease of its node",
    after({ renewal, timing, out }, _event) {
      for (const effect of out) {
        if (effect.kind === 'grant' && renewal.lease !== undefined) effect.for_ms = timing.lease_ms / 2
      }
    },
  },
  {
    name: 'entries that are acknowledged before they are applied',
    followerHoldsBack: true,
    afterFollower(follower, actions) {
      const acknowledges = actions.some((action) => action.kind === 'send' && action.frame.type === 'applied')
      if (!acknowledges) (follower.set as SlowSet).flush()
    },
  },
  {
    name: 'a row that is renewed while a verifier lacks entries',
    after: forgetLeases,
  },
  {
    name: 'a node that leaves although its verifiers hold leases',
    after(node, event) {
      if (event.kind === 'leave') forgetLeases(node)
    },
  },
  {
    name: 'a snapshot of another log that is taken for this one',
    resumesAnywhere: true,
  },
  {
    name: 'a broken connection that is taken for the end of a lease',
    after(node, event) {
      if (event.kind === 'unfollow') {
        const verifier = node.verifiers.known.get(event.verifier)
        if (verifier !== undefined) verifier.grants = []
      }
    },
  },
  {
    name: 'a suspension of a verifier that goes unnoticed',
    afterFollower(follower) {
      const { lease } = follower
      if (lease !== undefined) follower.lease = { ...lease, wall_ms: Number.POSITIVE_INFINITY }
    },
  },
]

/** A change that breaks the rules of a server on SQLite. */
export interface FileMutation extends Mutation {
  /** A lease is granted without a look at the file. */
  asksWithoutReading?: boolean
  /** A process that revokes does not wait for the leases that another process has granted. */
  ignoresOthers?: boolean
  /** A server that leaves makes the file forget the leases of the servers before. */
  forgetsOthers?: boolean
  afterSingle?: (single: Single, event: SingleEvent) => void
  beforeSingle?: (single: Single, event: SingleEvent) => void
}

/** Each breaks one rule for SQLite. */
export const fileMutations: FileMutation[] = [
  {
    name: 'a lease that is granted without a look at the file',
    asksWithoutReading: true,
  },
  {
    name: 'a command or a new server that ignores the leases of the server',
    ignoresOthers: true,
  },
  {
    name: 'a revocation that does not wait for the verifiers',
    afterSingle({ verifiers }) {
      for (const verifier of verifiers.known.values()) verifier.grants = []
    },
  },
  {
    name: 'a server that leaves although its verifiers hold leases',
    afterSingle({ verifiers }, event) {
      if (event.kind !== 'leave') return
      for (const verifier of verifiers.known.values()) verifier.grants = []
    },
  },
]

/** Need several faults close to each other, such as a server that leaves soon after it has replaced one that crashed. */
export const rareFileMutations: FileMutation[] = [
  {
    name: 'a server that leaves and makes the file forget the leases of the server before',
    forgetsOthers: true,
  },
  {
    name: 'a server that resumes a verifier from the log before the file went back',
    beforeSingle(single, event) {
      if (event.kind === 'follow' && event.resumed !== undefined) event.resumed.last = single.verifiers.sent
    },
  },
]
