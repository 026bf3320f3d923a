import { appendFact } from '../audit/append.ts'
import type { Ports } from '../ports.ts'
import type { Entry } from '../revocation/entry.ts'
import type { Trx } from '../store/schema.ts'
import type { Prepared } from './issue.ts'
import { hasSurplus, markRevoked, selectSurplus } from './records.ts'

/** Whether the account of a token that has just been written has more live tokens than TOKEN_LIMIT_ACCOUNT. */
export async function isAboveLimit(trx: Trx, { settings }: Ports, { row, now }: Prepared): Promise<boolean> {
  const limit = settings.TOKEN_LIMIT_ACCOUNT
  return limit > 0 && (await hasSurplus(trx, row, now, limit))
}

/** Ends the account's oldest tokens, so that TOKEN_LIMIT_ACCOUNT are left. @returns their entries for the log */
export async function revokeAboveLimit(trx: Trx, ports: Ports, { row, now }: Prepared): Promise<Entry[]> {
  const surplus = await selectSurplus(trx, row, now, ports.settings.TOKEN_LIMIT_ACCOUNT)
  const reason = 'the account has too many tokens'
  const entries = await markRevoked(trx, surplus, reason, now)
  for (const { jti: token } of entries) {
    await appendFact(trx, ports, { action: 'token.revoked', subject: row.user_id, details: { token, reason } })
  }
  return entries
}
