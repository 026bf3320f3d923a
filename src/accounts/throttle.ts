import { createHash } from 'node:crypto'
import type { Pool } from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from '../refusal.ts'

/** One login that somebody tries. */
export interface Attempt {
  /** The account's id, or the name that was tried where there is no such account: two kinds that never meet. */
  account: { id: string } | { name: string }
  /** Where from: an IPv4 address, or the /64 of an IPv6 one. */
  network: string
  /** Whether this account has logged in from there before. */
  known: boolean
}

/**
 * Counts failed logins for 15 minutes. A network counts for itself. An account counts all networks together that it
 * has never logged in from, and each network that it has by itself: so a stranger who keeps failing locks out
 * strangers, and the owner still gets in from where they were before.
 */
export interface Throttle {
  /** @throws Refusal too_many_failures if a limit has been reached */
  admit: (attempt: Attempt) => Promise<void>
  /** Counts a failure. @throws Refusal too_many_failures if it is one too many: then nobody learns what it would have been */
  fail: (attempt: Attempt) => Promise<void>
}

const window_s = 15 * 60

export function createThrottle(limits: { account: number; address: number }, pool: Pool | undefined): Throttle {
  const open = (name: string, points: number) =>
    pool === undefined
      ? new RateLimiterMemory({ keyPrefix: name, points, duration: window_s })
      : new RateLimiterPostgres({
          keyPrefix: name,
          points,
          duration: window_s,
          storeClient: pool,
          storeType: 'pool',
          tableName: 'login_failure',
          tableCreated: true,
          // Housekeeping does it.
          clearExpiredByTimeout: false,
        })
  const limiters = [
    { limit: limits.account, limiter: open('account', limits.account), key: accountKey },
    { limit: limits.address, limiter: open('address', limits.address), key: ({ network }: Attempt) => network },
  ].filter(({ limit }) => limit > 0)

  return {
    async admit(attempt) {
      for (const { limit, limiter, key } of limiters) {
        const count = await limiter.get(key(attempt))
        if (count !== null && count.consumedPoints >= limit) throw tooMany(count.msBeforeNext)
      }
    },
    async fail(attempt) {
      const counts = await Promise.allSettled(limiters.map(({ limiter, key }) => limiter.consume(key(attempt))))
      for (const count of counts) {
        if (count.status === 'fulfilled') continue
        throw count.reason instanceof RateLimiterRes ? tooMany(count.reason.msBeforeNext) : count.reason
      }
    },
  }
}

/** Hashed: a name that was tried may be anything, and is nobody's business in a table of failures. */
function accountKey({ account, network, known }: Attempt): string {
  return createHash('sha256')
    .update(JSON.stringify(known ? [account, network] : [account]))
    .digest('base64url')
}

function tooMany(left_ms: number): Refusal {
  return new Refusal('too_many_failures', { retry_after_s: Math.max(1, Math.ceil(left_ms / 1000)) })
}
