import { Refusal } from '../refusal.ts'
import type { Claims } from '../tokens/claims.ts'
import { forAdministrators, type Realm, VerifierError } from './error.ts'
import { parseTexts } from './options.ts'

/** What a route demands. Without options, a live token is required. */
export interface RouteOptions {
  /** Requests without a token are refused. This is the default. */
  required?: boolean
  /** Requests without a token are accepted, and their claims are `null`. A token that is not valid is still refused. */
  optional?: boolean
  /** The token must be an administrator's. */
  admin?: boolean
  /** The token must have all of these scopes (RFC 6749 §3.3). A token without the claim `scope` may do all that its user may do. */
  scope?: string | readonly string[]
}

/** Options that were checked. */
export interface Demands {
  optional: boolean
  admin: boolean
  scope: readonly string[]
}

const names = new Set(['required', 'optional', 'admin', 'scope'])
/** RFC 6749 §3.3. The text becomes part of a header. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/

/** @throws TypeError that names the option: a misspelled option must not open a route */
export function parseRouteOptions(options: RouteOptions = {}): Demands {
  for (const name of Object.keys(options)) {
    if (!names.has(name)) throw new TypeError(`${name} is not an option: required, optional, admin and scope are`)
  }
  const { required, admin = false, scope = [] } = options
  const optional = options.optional ?? required === false
  for (const [name, value] of Object.entries({ required: required ?? true, optional, admin })) {
    if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`)
  }
  const scopes = scope.length === 0 ? [] : parseTexts('scope', scope).flatMap((text) => text.split(' '))
  if (!scopes.every((each) => scopeToken.test(each)))
    throw new TypeError('scope must be names separated by single spaces')
  if (optional && required === true) throw new TypeError('required and optional exclude each other')
  if (optional && (admin || scopes.length > 0))
    throw new TypeError('an optional token cannot be demanded to have rights')
  return { optional, admin, scope: scopes }
}

/** The scope of administrators' rights. */
const adminScope = 'admin'

/**
 * @param realm of a refusal; read only if there is one
 * @throws VerifierError insufficient_scope
 */
export function demandRights(claims: Claims, { admin, scope }: Demands, realm: () => Realm): void {
  const needsAdmin = admin || scope.includes(adminScope)
  // The user's own rights limit every scope.
  if (needsAdmin && !claims.admin) throw new VerifierError(new Refusal('not_administrator'), forAdministrators(realm()))
  if (claims.scope === undefined || (!needsAdmin && scope.length === 0)) return
  const granted = claims.scope.split(' ')
  const needed = admin && !scope.includes(adminScope) ? [adminScope, ...scope] : scope
  if (needed.every((each) => granted.includes(each))) return
  const refusal = new Refusal('insufficient_scope', { scope: needed })
  throw new VerifierError(refusal, realmOfRoute(realm, admin))
}

/** The realm of a route's refusals. */
export function realmOfRoute(realm: () => Realm, admin: boolean): Realm {
  return admin ? forAdministrators(realm()) : realm()
}
