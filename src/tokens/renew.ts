import { appendFact } from '../audit/append.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Claims } from './claims.ts'
import type { Client } from './client.ts'
import { issueAndWrite, type Prepared, writeToken } from './issue.ts'
import { noteLimit } from './note-limit.ts'
import { findToken, lockOwner, markRevoked } from './records.ts'

/**
 * Replaces the token of a login by a new one of the same session. The old token ends in the transaction that writes the new
 * one, so of two simultaneous renewals one is refused. The session ends SESSION_MAX_SECONDS after the login, and no token of
 * the session outlives it.
 * @param claims of the token that the request was made with
 * @throws Refusal token_expired if the session has ended, token_revoked if the token was renewed or revoked meanwhile,
 *   too_many_logins, logins_unavailable, revocation_unconfirmed
 */
export async function renewToken(ports: Ports, claims: Claims, client: Client): Promise<Prepared> {
  const { store, settings, throttle, revocation, clock, log } = ports
  const { sub: id, jti, admin, gen: generation } = claims
  const refuse = (why: string) =>
    store
      .transaction()
      .execute((trx) =>
        appendFact(trx, ports, { action: 'renewal.refused', subject: id, details: { token: jti, why } }),
      )
  const row = await findToken(store, jti)
  if (row === undefined) throw new Refusal('token_revoked', { why: 'the token has no row' })
  const authenticated_at = row.authenticated_at ?? row.issued_at
  const max_s = settings.SESSION_MAX_SECONDS
  const left_s = max_s === 0 ? Number.POSITIVE_INFINITY : Math.floor((authenticated_at - clock()) / 1000) + max_s
  if (left_s < 1) {
    await refuse('the session has ended')
    throw new Refusal('token_expired', { why: 'the session has ended' })
  }
  await throttle.succeed(id).catch(noteLimit(ports, client, id))
  const ttl_s = Math.min(settings.TOKEN_TTL_SECONDS, left_s)
  try {
    const token = await issueAndWrite(
      ports,
      { id, admin, generation, ttl_s, authenticated_at },
      client,
      async (made) => {
        await revocation.revoke(async (trx) => {
          if (!(await lockOwner(trx, claims))) throw new Refusal('token_revoked')
          await writeToken(trx, made)
          const entries = await markRevoked(trx, [jti], 'renewed', made.now)
          if (entries.length === 0) throw new Refusal('token_revoked')
          const details = { token: made.row.jti, renewed: jti }
          await appendFact(trx, ports, { action: 'token.renewed', subject: id, details })
          return { entries }
        })
      },
    )
    log.info({ user: id, token: token.row.jti, renewed: jti, address: client.ip }, 'renewed')
    return token
  } catch (error) {
    // The answer says that the token is revoked, so no node and no verifier may accept the token any more.
    if (error instanceof Refusal && error.code === 'token_revoked') {
      await revocation.revoke(async () => ({ entries: [] }))
      await refuse('the token was renewed or revoked meanwhile')
    }
    throw error
  }
}
