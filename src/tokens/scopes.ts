import type { Claims } from './claims.ts'

/** What a token may be limited to (RFC 6749 §3.3), and what a named token may do with each. */
export const scopes = {
  'account:read': 'read the account',
  'account:write': 'change the account, as far as the token of a login is not demanded',
  'tokens:read': 'list the tokens of the account',
  'tokens:write': 'make and revoke tokens of the account',
  'widgets:read': 'read widgets',
  'widgets:write': 'write widgets, with the token of an administrator',
  admin: 'what administrators may do, with the token of an administrator',
} as const

export type Scope = keyof typeof scopes

function isScope(name: string): name is Scope {
  return Object.hasOwn(scopes, name)
}

/** @returns the scopes in a text, or what is wrong with the text */
export function parseScope(text: string): Scope[] | string {
  const names = text.split(' ')
  const unknown = names.find((name) => !isScope(name))
  if (unknown === '') return 'must be names of scopes, separated by single spaces'
  if (unknown !== undefined) return `must be some of ${Object.keys(scopes).join(' ')}`
  if (new Set(names).size < names.length) return 'must not repeat a scope'
  return names as Scope[]
}

/** Whether the scope of a token allows this. A token without the claim may do all that its user may do. */
export function mayUse({ scope }: Pick<Claims, 'scope'>, needed: string): boolean {
  return scope === undefined || scope.split(' ').includes(needed)
}

/** Whether a token has an administrator's rights. The user's own rights limit every scope. */
export function isAdministrator(claims: Pick<Claims, 'admin' | 'scope'>): boolean {
  return claims.admin && mayUse(claims, 'admin')
}
