import type { Pool } from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from '../../refusal.ts'
import { type Attempt, accountKey, type Throttle } from '../throttle.ts'

const window_s = 15 * 60

/** @param pool the database in which all nodes count together. Undefined: counts in memory */
export function createThrottle(
  limits: { account: number; address: number; success: number },
  pool: Pool | undefined,
): Throttle {
  const successes = openLimiter('success', limits.success, pool)
  const limiters = [
    { limit: limits.account, limiter: openLimiter('account', limits.account, pool), key: accountKey },
    {
      limit: limits.address,
      limiter: openLimiter('address', limits.address, pool),
      key: ({ network }: Attempt) => network,
    },
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
    async succeed(userId) {
      if (limits.success === 0) return
      await successes.consume(userId).catch((reason) => {
        throw reason instanceof RateLimiterRes ? tooMany(reason.msBeforeNext, 'too_many_logins') : reason
      })
    },
  }
}

function openLimiter(keyPrefix: string, points: number, pool: Pool | undefined) {
  if (pool === undefined) return new RateLimiterMemory({ keyPrefix, points, duration: window_s })
  return new RateLimiterPostgres({
    keyPrefix,
    points,
    duration: window_s,
    // Without the name that the library gives each statement: a pooler may run it on a connection that does not know the name.
    storeClient: { query: ({ text, values }: { text: string; values: unknown[] }) => pool.query(text, values) },
    storeType: 'pool',
    tableName: 'login_failure',
    tableCreated: true,
    // Housekeeping deletes expired counts.
    clearExpiredByTimeout: false,
  })
}

function tooMany(left_ms: number, code: 'too_many_failures' | 'too_many_logins' = 'too_many_failures'): Refusal {
  return new Refusal(code, { retry_after_s: Math.max(1, Math.ceil(left_ms / 1000)) })
}
