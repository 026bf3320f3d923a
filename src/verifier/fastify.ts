import type { IncomingMessage } from 'node:http'
// Names the module whose types are extended below.
import type {} from 'fastify'
import type { Claims } from '../tokens/claims.ts'
import { admission } from './admit.ts'
import type { RouteOptions } from './rights.ts'
import type { Verifier } from './types.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The claims of the request's token. Null: the route allows requests without a token, and there was none. */
    auth?: Claims | null
  }
}

type Hook = (request: { raw: IncomingMessage }, reply: unknown, done: (error?: Error) => void) => void

/**
 * A hook for Fastify 5: `app.addHook('onRequest', latchkey(verifier))`, or `onRequest` of one route. The claims are
 * `request.auth`. A refusal goes to the error handler, as a VerifierError.
 */
export function latchkey(verifier: Verifier, options?: RouteOptions): Hook {
  const admit = admission(verifier, options)
  return (request, _reply, done) => {
    const accept = (claims: Claims | null) => {
      ;(request as { auth?: Claims | null }).auth = claims
      done()
    }
    try {
      const claims = admit(request.raw.rawHeaders)
      if (claims instanceof Promise) claims.then(accept, done)
      else accept(claims)
    } catch (error) {
      done(error as Error)
    }
  }
}
