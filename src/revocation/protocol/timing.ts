import { waitOut } from '../check/lease.ts'

/** Every length of time and every size that the protocol uses. */
export interface Timing {
  lease_ms: number
  /** How long to wait until another node's lease of this length is over. */
  wait_ms: (lease_ms: number) => number
  renew_ms: number
  /** After this time a command counts as lost. The database may have executed the command or not. */
  command_ms: number
  /** Pause before a command is repeated that has failed: the first pause, doubled up to the last. */
  retry_ms: number
  retry_max_ms: number
  /**
   * A revocation is given up after this time in the append queue, or after this time behind a fence.
   * @param lease_ms the longest lease in the fleet
   */
  give_up_ms: (lease_ms: number) => number
  /** Pause between two looks at the node rows while a revocation waits: the first pause, doubled up to the last. */
  look_min_ms: number
  look_max_ms: number
  /** Entries in one read. */
  read_limit: number
  /** Requests in one append. */
  append_limit: number
}

/** A database that refuses every connection is asked about once in this time. */
const retryMax_ms = 1000

/** The timing for one length of lease. Giving up takes longer than a wait for a dead node and one retry. */
export function timingFor(lease_ms: number): Timing {
  return {
    lease_ms,
    wait_ms: waitOut,
    renew_ms: lease_ms / 3,
    command_ms: 1000,
    retry_ms: lease_ms / 20,
    retry_max_ms: Math.max(retryMax_ms, lease_ms / 20),
    give_up_ms: (longest_ms) => 5000 + 2 * longest_ms,
    look_min_ms: 5,
    look_max_ms: Math.max(5, lease_ms / 20),
    read_limit: 10_000,
    append_limit: 1000,
  }
}
