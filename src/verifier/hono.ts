import type { MiddlewareHandler } from 'hono'
import type { Claims } from '../tokens/claims.ts'
import { admission } from './admit.ts'
import type { RouteOptions } from './rights.ts'
import type { Verifier } from './types.ts'

declare module 'hono' {
  interface ContextVariableMap {
    /** The claims of the request's token. Null: the route allows requests without a token, and there was none. */
    auth: Claims | null
  }
}

/** Hono infers from this type what `c.get('auth')` is in later handlers. */
type Middleware<Auth> = MiddlewareHandler<{ Variables: { auth: Auth } }>

/**
 * Middleware for Hono: `app.use(latchkey(verifier))`. The claims are `c.get('auth')`, or `c.var.auth`. A refusal is thrown as a
 * VerifierError, which `app.onError` gets, and which Hono answers itself otherwise.
 */
export function latchkey(verifier: Verifier, options: RouteOptions & { optional: true }): Middleware<Claims | null>
export function latchkey(verifier: Verifier, options?: RouteOptions): Middleware<Claims>
export function latchkey(verifier: Verifier, options?: RouteOptions): Middleware<Claims | null> | Middleware<Claims> {
  const admit = admission(verifier, options)
  const middleware: Middleware<Claims | null> = (context, next) => {
    const value = context.req.header('authorization')
    const claims = admit(value === undefined ? [] : ['authorization', value])
    const accept = (accepted: Claims | null) => {
      context.set('auth', accepted)
      return next()
    }
    // Usually the answer is known at once, and Hono need not wait.
    return claims instanceof Promise ? claims.then(accept) : accept(claims)
  }
  return middleware
}
