import type { FastifyInstance, FastifyRequest } from 'fastify'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { Refusal } from '../refusal.ts'
import { networkOf } from './network.ts'

/** Paths for supervisors and monitoring. After a refused probe, a supervisor would restart a working process. */
const unlimited = new Set(['/healthz', '/readyz', '/metrics'])

/**
 * Limits the requests of one network per minute. 0 is off.
 * @param onLimit called at the first refusal of a network in its minute
 */
export function limitRequests(
  app: FastifyInstance,
  perMinute: number,
  onLimit: (request: FastifyRequest) => void,
): void {
  if (perMinute === 0) return
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  app.addHook('onRequest', async (request) => {
    if (unlimited.has(request.url.split('?', 1)[0] as string)) return
    await limiter.consume(networkOf(request.address)).catch(({ msBeforeNext, consumedPoints }: RateLimiterRes) => {
      if (consumedPoints === perMinute + 1) onLimit(request)
      throw new Refusal('too_many_requests', { retry_after_s: Math.max(1, Math.ceil(msBeforeNext / 1000)) })
    })
  })
}
