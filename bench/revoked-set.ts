// A process that opens the revocations of the SQLite file in its folder as the service does. It measures the time, the
// memory and the cost of a check.
import { randomUUID, randomUUIDv7 } from 'node:crypto'
import type { Entry, TokenClaims } from '../src/revocation/entry.ts'
import { openSqliteRevocation } from '../src/revocation/sqlite/revocation.ts'
import { openDatabase } from '../src/store/open.ts'
import type { SqliteDatabase } from '../src/store/sqlite.ts'

/** The result of one run. */
export interface Opened {
  load_ms: number
  kept_bytes: number
  check_ns: number
}

/** Number of checks in one turn of the event loop, as under load. */
const checksPerTurn = 32

process.on('message', async (message: 'usage' | { now: number; lifetime_ms: number }) => {
  if (message === 'usage') return
  const database = (await openDatabase('sqlite:latchkey.db')) as SqliteDatabase
  const before = memory_bytes()
  const begin = performance.now()
  const nothing = () => {}
  const forgetting = { dropKey: nothing, dropUser: nothing, dropToken: nothing }
  const revocation = openSqliteRevocation(database, { lease_ms: 1000, ...forgetting, changed: nothing })
  await revocation.start()
  const load_ms = performance.now() - begin
  const kept_bytes = memory_bytes() - before
  const revoked = await database.store.selectFrom('revocation').select(['jti', 'expires_at']).limit(10_000).execute()
  const claimsOf = ({ jti, expires_at }: Entry) => ({ jti, sub: randomUUID(), gen: 0, exp: expires_at / 1000 })
  const live = Array.from({ length: 10_000 }, (_, i) => ({
    jti: randomUUIDv7(),
    expires_at: message.now + (i / 10_000) * message.lifetime_ms,
  }))
  process.send?.({
    load_ms,
    kept_bytes,
    check_ns: await timeChecks(revocation.check, [...live, ...revoked].map(claimsOf)),
  } satisfies Opened)
})

function memory_bytes(): number {
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

async function timeChecks(check: (claims: TokenClaims) => unknown, tokens: TokenClaims[]): Promise<number> {
  const turns = 20_000
  let begin = 0
  for (let turn = -turns; turn < turns; turn++) {
    if (turn === 0) begin = performance.now()
    const verdicts: unknown[] = []
    for (let i = 0; i < checksPerTurn; i++) {
      // Spreads the checks over all entries, because a service does not check one token all the time.
      verdicts.push(check(tokens[((turn + turns) * 7919 + i * 104_729) % tokens.length] as TokenClaims))
    }
    await Promise.all(verdicts)
  }
  return ((performance.now() - begin) * 1e6) / (turns * checksPerTurn)
}
