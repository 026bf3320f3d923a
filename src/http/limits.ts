import type { FastifyInstance } from 'fastify'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { isAddress, networkOf } from '../accounts/network.ts'
import { Refusal } from '../refusal.ts'

/** Bounds the requests of one address in a minute; 0 is off. */
export function limitRequests(app: FastifyInstance, perMinute: number): void {
  if (perMinute === 0) return
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 })
  app.addHook('onRequest', async (request) => {
    await limiter
      .consume(networkOf(isAddress(request.ip) ? request.ip : (request.socket.remoteAddress as string)))
      .catch(({ msBeforeNext }: RateLimiterRes) => {
        throw new Refusal('too_many_requests', { retry_after_s: Math.max(1, Math.ceil(msBeforeNext / 1000)) })
      })
  })
}
