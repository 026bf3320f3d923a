import type { Claims } from '../tokens/claims.ts'
import { type Demands, parseRouteOptions, type RouteOptions } from './rights.ts'
import type { Verifier } from './types.ts'
import { internals } from './wrap.ts'

/** Decides about requests of one route. @throws TypeError for options that cannot be right */
export function admission(
  verifier: Verifier,
  options: RouteOptions | undefined,
): (rawHeaders: readonly string[]) => Claims | null | Promise<Claims | null> {
  const demands: Demands = parseRouteOptions(options)
  const core = internals.get(verifier)
  if (core === undefined) throw new TypeError('the first argument must be a verifier from createVerifier')
  return (rawHeaders) => core.admit(rawHeaders, demands)
}
