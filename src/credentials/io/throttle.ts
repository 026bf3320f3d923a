import type { Pool } from 'pg'
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from '../../refusal.ts'
import { type Attempt, accountKey, mailKey, type Throttle } from '../throttle.ts'

/** Limits count for so long. */
export const limitWindow_s = 15 * 60

/** Most events in 15 minutes. 0 is off. */
export interface Limits {
  failures_account: number
  failures_address: number
  logins_account: number
  logins_address: number
  registrations_address: number
}

/** @param pool the database in which all nodes count together. Undefined: counts in memory */
export function createThrottle(limits: Limits, pool: Pool | undefined): Throttle {
  const open = (prefix: string, limit: number, detail: Reached) => openCounter(prefix, { limit, ...detail }, pool)
  const account = { limit_of: 'account' } as const
  const address = { limit_of: 'address' } as const
  const failures = {
    account: open('account', limits.failures_account, { code: 'too_many_failures', ...account }),
    address: open('address', limits.failures_address, { code: 'too_many_failures', ...address }),
  }
  const logins = {
    account: open('success', limits.logins_account, { code: 'too_many_logins', ...account }),
    address: open('logins', limits.logins_address, { code: 'too_many_from_address', ...address }),
  }
  const made = open('named', limits.logins_account, { code: 'too_many_made', ...account })
  const registrations = open('registrations', limits.registrations_address, {
    code: 'too_many_from_address',
    ...address,
  })
  const mails = {
    account: open('mail', limits.failures_account, { code: 'too_many_messages', ...account }),
    address: open('mails', limits.failures_address, { code: 'too_many_messages', ...address }),
  }
  const ofFailures = (attempt: Attempt) => [
    failures.account.check(accountKey(attempt)),
    failures.address.check(attempt.network),
  ]
  const ofLogins = ({ account, network }: Attempt) => [
    ...('id' in account ? [logins.account.check(account.id)] : []),
    logins.address.check(network),
  ]
  return {
    begin: (attempt) => refuseAny([...ofFailures(attempt), ...ofLogins(attempt)]),
    admit: (attempt) => refuseAny(ofFailures(attempt)),
    fail: (attempt) =>
      refuseAny([failures.account.count(accountKey(attempt)), failures.address.count(attempt.network)]),
    succeed: (id, network) =>
      refuseAny([logins.account.count(id), ...(network === undefined ? [] : [logins.address.count(network)])]),
    make: (id, network) => refuseAny([made.count(id), logins.address.count(network)]),
    offer: logins.address.count,
    mail: (message, network) => refuseAny([mails.account.count(mailKey(message)), mails.address.count(network)]),
    beginSecret: failures.address.check,
    failSecret: failures.address.count,
    register: registrations.count,
  }
}

/** Waits for all. @throws the first error */
async function refuseAny(counts: Promise<void>[]): Promise<void> {
  for (const count of await Promise.allSettled(counts)) if (count.status === 'rejected') throw count.reason
}

interface Reached {
  code: 'too_many_failures' | 'too_many_logins' | 'too_many_made' | 'too_many_from_address' | 'too_many_messages'
  limit_of: 'account' | 'address'
}

function openCounter(prefix: string, { limit, code, limit_of }: Reached & { limit: number }, pool: Pool | undefined) {
  if (limit === 0) return { check: async () => {}, count: async () => {} }
  const limiter = openLimiter(prefix, limit, pool)
  const refusal = (left_ms: number) =>
    new Refusal(code, { limit_of, retry_after_s: Math.max(1, Math.ceil(left_ms / 1000)) })
  return {
    async check(key: string): Promise<void> {
      const found = await limiter.get(key)
      if (found !== null && found.consumedPoints >= limit) throw refusal(found.msBeforeNext)
    },
    async count(key: string): Promise<void> {
      await limiter.consume(key).catch((reason) => {
        throw reason instanceof RateLimiterRes ? refusal(reason.msBeforeNext) : reason
      })
    },
  }
}

function openLimiter(keyPrefix: string, points: number, pool: Pool | undefined) {
  if (pool === undefined) return new RateLimiterMemory({ keyPrefix, points, duration: limitWindow_s })
  return new RateLimiterPostgres({
    keyPrefix,
    points,
    duration: limitWindow_s,
    // Without the name that the library gives each statement: a pooler may run it on a connection that does not know the name.
    storeClient: { query: ({ text, values }: { text: string; values: unknown[] }) => pool.query(text, values) },
    storeType: 'pool',
    tableName: 'login_failure',
    tableCreated: true,
    // Housekeeping deletes expired counts.
    clearExpiredByTimeout: false,
  })
}
