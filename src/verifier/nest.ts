import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Claims } from '../tokens/claims.ts'
import { admission } from './admit.ts'
import { VerifierError } from './error.ts'
import type { RouteOptions } from './rights.ts'
import type { Verifier } from './types.ts'

/** The part of Nest's `ExecutionContext` that the guard uses. */
interface HttpContext {
  switchToHttp: () => { getRequest: <T>() => T; getResponse: <T>() => T }
}

/** A request of Express, or of Fastify around `raw`. */
type NestRequest = Partial<IncomingMessage> & { raw?: IncomingMessage; auth?: Claims | null }
/** A response of Express, or a reply of Fastify. */
type NestResponse = Partial<Pick<ServerResponse, 'setHeader'>> & { header?: (name: string, value: string) => unknown }

/**
 * A guard for NestJS: `@UseGuards(latchkey(verifier))`, or `app.useGlobalGuards(latchkey(verifier))`. The claims are
 * `request.auth`. A refusal is thrown as a VerifierError, which Nest answers with its status and message.
 */
export function latchkey(
  verifier: Verifier,
  options?: RouteOptions,
): { canActivate: (context: HttpContext) => Promise<boolean> } {
  const admit = admission(verifier, options)
  return {
    async canActivate(context) {
      const http = context.switchToHttp()
      const request = http.getRequest<NestRequest>()
      try {
        request.auth = await admit((request.raw ?? request).rawHeaders ?? [])
        return true
      } catch (error) {
        if (error instanceof VerifierError) sendHeaders(http.getResponse<NestResponse>(), error.headers)
        throw error
      }
    },
  }
}

/** Nest does not send the headers of an error. */
function sendHeaders(response: NestResponse, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (response.setHeader) response.setHeader(name, value)
    else response.header?.(name, value)
  }
}
