import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { authenticate } from '../tokens/authenticate.ts'
import type { Claims } from '../tokens/claims.ts'
import type { Audience } from './refusals.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The token's claims; set in guarded scopes only, read through {@link callerOf}. */
    claims: Claims | null
  }
  interface FastifyContextConfig {
    audience?: Audience
  }
}

/**
 * Makes a scope guarded: everything registered in it needs a live token, and an administrator's where the audience is
 * `admin_users`. Runs before the body is read.
 */
export function requireToken(scope: FastifyInstance, ports: Ports, audience: Audience): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, audience }
    if (route.schema) route.schema.security = [{ bearer: [] }]
  })
  scope.addHook('onRequest', (request, _reply, done) => {
    const admit = (claims: Claims) => {
      if (audience === 'admin_users' && !claims.admin) return done(new Refusal('not_administrator'))
      request.claims = claims
      done()
    }
    // The router takes what ends in a slash for an empty name; no route has such a path.
    if (hasEmptyName(request.params as Record<string, string>)) return done(new Refusal('path_unknown'))
    try {
      authenticate(ports, readBearer(request.raw.rawHeaders)).then(admit, done)
    } catch (error) {
      done(error as Error)
    }
  })
}

function hasEmptyName(params: Record<string, string>): boolean {
  for (const name in params) if (params[name] === '') return true
  return false
}

/** The claims that the request was let in with; only for routes of a guarded scope. */
export function callerOf(request: FastifyRequest): Claims {
  if (request.claims === null) throw new Error('this route is in no guarded scope')
  return request.claims
}

/**
 * The token of the `Authorization` header: `Bearer <jwt>` (RFC 6750 §2.1), the scheme in any case, or the bare `<jwt>`.
 * @param rawHeaders names and values by turns, as they came: Node keeps only the first of two `Authorization` headers
 * @throws Refusal token_missing without a token (another scheme counts as none), token_invalid with two headers
 */
export function readBearer(rawHeaders: readonly string[]): string {
  let value: string | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue
    if (value !== undefined) throw new Refusal('token_invalid', { why: 'two Authorization headers' })
    value = rawHeaders[i + 1] as string
  }
  if (value === undefined || value === '') throw new Refusal('token_missing')
  const space = value.indexOf(' ')
  const scheme = (space === -1 ? value : value.slice(0, space)).toLowerCase()
  if (scheme === 'bearer' && space !== -1) return value.slice(space).replace(/^ +/, '')
  if (scheme === 'bearer' || space !== -1) throw new Refusal('token_missing')
  return value
}
