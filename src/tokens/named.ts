import { appendFact } from '../audit/append.ts'
import type { Formats } from '../format.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Claims } from './claims.ts'
import type { Client } from './client.ts'
import { issueAndWrite, type Prepared, writeToken } from './issue.ts'
import { noteLimit } from './note-limit.ts'
import { countLiveTokens, lockLiveToken, lockOwner } from './records.ts'
import { mayUse, parseScope } from './scopes.ts'

/** Longest life of a named token, in seconds. */
export const maxNamed_s = 365 * 86_400
/** The life of a named token for which the caller asks for none. */
export const usualNamed_s = 30 * 86_400

export const namingFormats = {
  'token-description': {
    // The name stands in lists, in the log and on pages.
    accepts: (value) => /^[^\p{C}\p{Zl}\p{Zp}]{1,100}$/u.test(value) && value.trim() !== '',
    sentence: (field) => `${field} must be 1 to 100 characters, without control characters`,
  },
} satisfies Formats

/** What a named token is for. */
export interface Naming {
  description: string
  expires_in?: number
  /** Names of scopes, separated by single spaces. Without it, the token may do what the caller's token may do. */
  scope?: string
}

/**
 * Makes a token for a program of the user's, which lives longer than a login and may have less rights. Such a token ends with
 * the others of the user, for example at a change of password.
 * @param claims of the token that the request was made with
 * @throws Refusal input_invalid for a scope that is unknown or wider than the user's rights, insufficient_scope for one that
 *   is wider than the caller's token, too_many_named_tokens, too_many_made, too_many_from_address, token_revoked,
 *   logins_unavailable
 */
export async function createNamedToken(
  ports: Ports,
  claims: Claims,
  naming: Naming,
  client: Client,
): Promise<Prepared> {
  if (claims.client_id === claims.sub) throw new Refusal('not_a_user')
  const hold = async (trx: Trx) => {
    // The token that asks may end at the same moment: it makes no token then.
    if (!(await lockOwner(trx, claims)) || !(await lockLiveToken(trx, claims.jti))) throw new Refusal('token_revoked')
  }
  return issueNamed(ports, { ...claims, by_token: claims.jti }, naming, client, hold)
}

/** Whose a named token is, and the rights that bound the token. `by_token`: the token that the request was made with. */
export type NamedOwner = Pick<Claims, 'sub' | 'admin' | 'gen' | 'scope'> & { by_token?: string }

/**
 * Makes a named token.
 * @param hold locks the owner's row, and throws if the owner is no longer as it was read
 * @throws Refusal as `createNamedToken`; and what `hold` throws
 */
export async function issueNamed(
  ports: Ports,
  owner: NamedOwner,
  { description, expires_in: ttl_s = usualNamed_s, scope: asked }: Naming,
  client: Client,
  hold: (trx: Trx) => Promise<void>,
): Promise<Prepared> {
  const scope = readScope(owner, asked)
  const { sub: id, admin, gen: generation, by_token } = owner
  // The operator's own command has no limit.
  if (by_token !== undefined) await ports.throttle.make(id, client.network).catch(noteLimit(ports, client, id))
  const limited = scope !== undefined && { scope }
  const subject = { id, admin, generation, ttl_s, kind: 'named', description, ...limited } as const
  const limit = ports.settings.TOKEN_LIMIT_ACCOUNT
  const token = await issueAndWrite(ports, subject, client, (made) =>
    ports.store.transaction().execute(async (trx) => {
      await hold(trx)
      const named = limit === 0 ? 0 : await countLiveTokens(trx, { ownerId: id, now: made.now, kind: 'named' })
      if (limit > 0 && named >= limit) throw new Refusal('too_many_named_tokens')
      await writeToken(trx, made)
      const details = { token: made.row.jti, scope, by_token }
      await appendFact(trx, ports, { action: 'token.created', subject: id, details })
    }),
  )
  ports.log.info({ user: id, token: token.row.jti, scope, by: by_token, address: client.ip }, 'named token made')
  ports.streams.tokenMade(id)
  return token
}

/** @returns the scope of the new token. Undefined: all that the user may do */
function readScope(owner: NamedOwner, asked: string | undefined): string | undefined {
  if (asked === undefined) return owner.scope
  const scopes = parseScope(asked)
  if (typeof scopes === 'string') throw new Refusal('input_invalid', { errors: { scope: `scope ${scopes}` } })
  if (scopes.includes('admin') && !owner.admin) {
    throw new Refusal('input_invalid', { errors: { scope: 'scope admin needs the account of an administrator' } })
  }
  const wider = scopes.filter((scope) => !mayUse(owner, scope))
  if (wider.length > 0) throw new Refusal('insufficient_scope', { scope: wider })
  return scopes.join(' ')
}
