import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Claims } from '../tokens/claims.ts'
import { admission } from './admit.ts'
import type { RouteOptions } from './rights.ts'
import type { Verifier } from './types.ts'

declare global {
  // The types of Express are extended in this way.
  namespace Express {
    interface Request {
      /** The claims of the request's token. Null: the route allows requests without a token, and there was none. */
      auth?: Claims | null
    }
  }
}

type Handler = (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void) => void

/**
 * Middleware for Express 5: `app.use(latchkey(verifier))`. The claims are `request.auth`. A refusal goes to the error
 * handler, as a VerifierError.
 */
export function latchkey(verifier: Verifier, options?: RouteOptions): Handler {
  const admit = admission(verifier, options)
  return (request, _response, next) => {
    const accept = (claims: Claims | null) => {
      ;(request as IncomingMessage & { auth?: Claims | null }).auth = claims
      next()
    }
    try {
      const claims = admit(request.rawHeaders)
      if (claims instanceof Promise) claims.then(accept, next)
      else accept(claims)
    } catch (error) {
      next(error)
    }
  }
}
