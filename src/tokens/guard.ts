import type { FastifyContextConfig, FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import { readBearer } from '../http/bearer.ts'
import type { Audience } from '../http/refusals.ts'
import { Refusal } from '../refusal.ts'
import type { Revocation } from '../revocation/revocation.ts'
import { authenticate, type Verification } from './authenticate.ts'
import { type Claims, factorScope } from './claims.ts'
import { mayUse, type Scope } from './scopes.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The claims of the request's token. Set only in guarded scopes. Read with {@link callerOf}. */
    claims: Claims | null
  }
  interface FastifyContextConfig {
    /** The route ends tokens. */
    revokes?: boolean
    /** The scope that a token needs, or that the route needs the token of a login. Absent: any live token will do. */
    needs?: Scope | 'login'
    /** The answer shows a token that is for a program, in the console too. */
    showsToken?: boolean
    /** The route is also for accounts without a second factor, where ADMIN_FACTOR or USER_FACTOR requires one. */
    withoutFactor?: boolean
  }
}

/** Finds the token of a request. @throws Refusal token_missing, token_invalid */
export type ReadToken = (request: FastifyRequest) => string

export const readAuthorization: ReadToken = (request) => readBearer(request.raw.rawHeaders)

/** What the guard needs of the ports. */
interface Guarding {
  verification: Verification
  revocation: Pick<Revocation, 'revoke'>
}

/**
 * Guards a scope: every route in the scope needs a live token, and an administrator's token if the audience is
 * `admin_users`. The check runs before the body is read, and again after it, because a client may hold the body back. A route
 * with `revokes` answers that a token is revoked only when no node and no verifier accepts the token any more.
 * @param readToken where the token of a request is
 */
export function requireToken(
  scope: FastifyInstance,
  guarding: Guarding,
  audience: Audience,
  readToken: ReadToken,
): void {
  scope.addHook('onRoute', (route) => {
    const config: Config = { ...route.config, audience }
    const check = checkFor(guarding, config, readToken)
    route.config = config
    if (route.schema) route.schema.security = [{ bearer: [] }]
    route.onRequest = [check, route.onRequest ?? []].flat()
    if (![route.method].flat().includes('GET')) route.preValidation = [check, route.preValidation ?? []].flat()
  })
}

type Config = FastifyContextConfig & { audience: Audience }

/** The check of one route. Fastify would make an object for each look at the configuration of a request's route. */
function checkFor({ verification, revocation }: Guarding, config: Config, readToken: ReadToken): onRequestHookHandler {
  const refuse = (error: Error, done: (error: Error) => void) => {
    if (!config.revokes || !isRevoked(error)) return done(error)
    // The token may have been ended by a request that still waits for the fleet, or that could not be confirmed.
    revocation.revoke(async () => ({ entries: [] })).then(() => done(error), done)
  }
  return (request, _reply, done) => {
    const admit = (claims: Claims) => {
      const refusal = refusalOfRights(claims, config)
      if (refusal !== undefined) return done(refusal)
      request.claims = claims
      done()
    }
    // For the router, a path that ends in a slash has an empty name. No route has such a path, except below a wildcard.
    if (hasEmptyName(request.params as Record<string, string>)) return done(new Refusal('path_unknown'))
    try {
      authenticate(verification, readToken(request)).then(admit, (error: Error) => refuse(error, done))
    } catch (error) {
      done(error as Error)
    }
  }
}

function refusalOfRights(claims: Claims, { audience, needs, withoutFactor }: Config): Refusal | undefined {
  if (claims.scope === factorScope) return withoutFactor ? undefined : new Refusal('factor_missing')
  if (audience === 'admin_users' && !claims.admin) return new Refusal('not_administrator')
  if (needs === undefined) return undefined
  if (needs !== 'login')
    return mayUse(claims, needs) ? undefined : new Refusal('insufficient_scope', { scope: [needs] })
  if (claims.client_id === claims.sub) return new Refusal('not_a_user')
  return claims.kind === undefined && claims.scope === undefined ? undefined : new Refusal('login_token_needed')
}

function isRevoked(error: Error): boolean {
  return error instanceof Refusal && error.code === 'token_revoked'
}

function hasEmptyName(params: Record<string, string>): boolean {
  for (const name in params) if (params[name] === '' && name !== '*') return true
  return false
}

/** The claims of the caller's token. Only for routes of a guarded scope. */
export function callerOf(request: FastifyRequest): Claims {
  if (request.claims === null) throw new Error('this route is not in a guarded scope')
  return request.claims
}
