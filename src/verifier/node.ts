import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Claims } from '../tokens/claims.ts'
import { admission } from './admit.ts'
import { VerifierError } from './error.ts'
import type { RouteOptions } from './rights.ts'
import type { Verifier } from './types.ts'

type Decide<Auth> = (request: IncomingMessage, response: ServerResponse) => Promise<Auth | undefined>

/**
 * For servers of `node:http`: `const claims = await latchkey(verifier)(request, response)`.
 * @returns the claims; null for a request without a token, if `optional` is set; undefined after a refusal was sent
 */
export function latchkey(verifier: Verifier, options: RouteOptions & { optional: true }): Decide<Claims | null>
export function latchkey(verifier: Verifier, options?: RouteOptions): Decide<Claims>
export function latchkey(verifier: Verifier, options?: RouteOptions): Decide<Claims | null> {
  const admit = admission(verifier, options)
  return async (request, response) => {
    try {
      return await admit(request.rawHeaders)
    } catch (error) {
      if (!(error instanceof VerifierError)) throw error
      sendError(response, error)
      return undefined
    }
  }
}

/** Sends a refusal. */
export function sendError(response: ServerResponse, error: VerifierError): void {
  const body = JSON.stringify(error)
  response.writeHead(error.status, {
    ...error.headers,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}
