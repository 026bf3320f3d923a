import { randomBytes, randomUUID, randomUUIDv7 } from 'node:crypto'
import { findForLogin, insertUser, markLoggedIn, upsertKnownAddress } from '../src/accounts/records.ts'
import { appendFact } from '../src/audit/append.ts'
import { chainFacts } from '../src/audit/chain.ts'
import { createReceipts } from '../src/audit/receipts.ts'
import { parseSettings } from '../src/config/reader.ts'
import { openDatabase } from '../src/store/open.ts'
import type { Store } from '../src/store/schema.ts'
import { hasSurplus, insertToken, type NewToken } from '../src/tokens/records.ts'
import type { Hashed } from './bare-hashes.ts'
import { onBothDatabases, type Place } from './both-databases.ts'
import { runCommand } from './command.ts'
import { fillPeople } from './people-rows.ts'
import { file, startProcess } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

const million = 1_000_000
/** Logins of each kind. */
const logins = 600
const network = '192.0.2.1'

/** Measures what the audit trail costs: a login, and the verification of a million rows. */
export function measureTrail(plan: Plan): Promise<Line[]> {
  return onBothDatabases(async (place) => [
    ...(await measureAppend(place, plan)),
    ...(await measureVerify(place, plan)),
  ])
}

/**
 * Runs the statements of a login's transaction with the fact and without it, in turn. The cost of a fact is the difference, and
 * what it takes to chain the fact later. A login also hashes a password.
 */
async function measureAppend({ kind, url }: Place, { scale }: Plan): Promise<Line[]> {
  const { store } = await openDatabase(url)
  const settings = parseSettings({ LOG_LEVEL: 'error' })
  const clock = Date.now
  const origin = { actor: null, address: network, request_id: randomUUID() }
  const log = { error: () => {} }
  const ports = { store, settings, clock, origin, log, receipts: createReceipts() } as unknown as Parameters<
    typeof chainFacts
  >[0]
  try {
    const account = await prepareAccount(store)
    const times: Record<'with' | 'without', number[]> = { with: [], without: [] }
    const count = Math.round(logins * scale)
    const run = async (which: 'with' | 'without') => {
      const begin = performance.now()
      await writeLogin(store, account, which === 'with' ? ports : undefined)
      times[which].push(performance.now() - begin)
    }
    for (let i = 0; i < count; i++) {
      const first = Math.random() < 0.5
      if (first) await run('with')
      await run('without')
      if (!first) await run('with')
    }
    const begin = performance.now()
    await chainFacts(ports)
    const chain_ms = (performance.now() - begin) / count
    const [without, append] = [median(times.without), median(times.with) - median(times.without)]
    const hash_ms = await timeHash(scale)
    return [
      { name: `${kind}: the transaction of a login without its fact`, value: without, unit: 'ms' },
      { name: `${kind}: to append the fact`, value: append, unit: 'ms' },
      { name: `${kind}: to chain the fact later`, value: chain_ms, unit: 'ms' },
      { name: `${kind}: the hash of a login's password`, value: hash_ms, unit: 'ms' },
      {
        name: `${kind}: what the fact adds to a login`,
        value: (100 * (append + chain_ms)) / (without + hash_ms),
        unit: '%',
        target: { atMost: 5 },
      },
    ]
  } finally {
    await store.destroy()
  }
}

async function prepareAccount(store: Store): Promise<{ id: string; kid: string }> {
  const [id, kid] = [randomUUID(), randomBytes(32).toString('base64url')]
  const user = {
    id,
    email: 'user@example.com',
    username: null,
    password_hash: 'x',
    admin: 0,
    email_verified_at: null,
  } as const
  await store.transaction().execute((trx) => insertUser(trx, user, Date.now()))
  const key = { kid, alg: 'ES256', public_jwk: '{}', created_at: 1 }
  await store
    .insertInto('signing_key')
    .values(key as never)
    .execute()
  return { id, kid }
}

/** The statements of a login, as `accounts/issue-login.ts` runs them. */
async function writeLogin(
  store: Store,
  { id, kid }: { id: string; kid: string },
  ports: Parameters<typeof appendFact>[1] | undefined,
): Promise<void> {
  const now = Date.now()
  const { user } = await findForLogin(store, { email: 'user@example.com' }, network, randomUUID())
  const row: NewToken = {
    jti: randomUUIDv7(),
    user_id: id,
    kid,
    description: 'Firefox on Linux',
    user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    ip: network,
    issued_at: now,
    expires_at: now + 900_000,
    generation: 0,
    kind: 'login',
    scope: null,
    authenticated_at: null,
  }
  await store.transaction().execute(async (trx) => {
    if (user === undefined || !(await markLoggedIn(trx, user, { last_login_at: now }, now))) throw new Error('no login')
    await upsertKnownAddress(trx, id, network, now)
    await insertToken(trx, row)
    if (ports) await appendFact(trx, ports, { action: 'login', actor: id, subject: id, details: { token: row.jti } })
    await hasSurplus(trx, row, now, 1000)
  })
}

/** Returns the processor time of one hash: the bare loop computes several at a time. */
async function timeHash(scale: number): Promise<number> {
  const bare = startProcess([file('bare-hashes.ts')], '.')
  try {
    await bare.ask<Hashed>({ seconds: 0.5 })
    const before = await bare.usage()
    const { hashes } = await bare.ask<Hashed>({ seconds: 2 * scale })
    return ((await bare.usage()).cpu_us - before.cpu_us) / 1000 / hashes
  } finally {
    await bare.stop()
  }
}

async function measureVerify({ kind, url, folder }: Place, { scale }: Plan): Promise<Line[]> {
  const facts = Math.round(million * scale)
  await fillPeople(url, randomUUID(), { accounts: 1000, tokens: 0, facts })
  const { seconds, peak_mb, output } = runCommand(['audit', 'verify'], folder, { DATABASE_URL: url })
  if (!output.includes(`${facts} rows`)) throw new Error(output)
  const rows = facts.toLocaleString('en')
  return [
    { name: `${kind}: latchkey audit verify, ${rows} rows`, value: seconds, unit: 's', target: { atMost: 10 * scale } },
    { name: `${kind}: latchkey audit verify, peak memory`, value: peak_mb, unit: 'MB' },
  ]
}
