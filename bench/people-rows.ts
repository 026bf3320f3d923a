import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import pg from 'pg'
import { type AuditRow, hashRow } from '../src/audit/row.ts'

/** How many rows a database gets. */
export interface Sizes {
  accounts: number
  tokens: number
  facts: number
}

type Row = Record<string, string | number | null>

const year_ms = 365 * 86_400_000
/** Every tenth token belongs to one account. */
export const manyTokens = 10_000

/**
 * Fills a database that has been migrated with accounts, tokens and an audit trail whose chain fits.
 * @param owner id of the account with many tokens
 */
export async function fillPeople(url: string, owner: string, sizes: Sizes): Promise<void> {
  const into = await openTables(url)
  const now = Date.now()
  const ids = Array.from({ length: sizes.accounts }, randomUUID)
  try {
    await into.insert('user', accounts(ids, now))
    await into.insert('token', tokens(ids, owner, sizes.tokens, now))
    await into.run('delete from audit')
    const head = { seq: 0, hash: '' }
    await into.insert('audit', facts(ids, sizes.facts, now, head))
    await into.run(`update audit_head set seq = ${head.seq}, hash = '${head.hash}', base_seq = 0, base_hash = ''`)
    await into.settle()
  } finally {
    await into.close()
  }
}

/** Accounts in the order of their registration: the addresses of all begin with `user`, and two of three have a username. */
function* accounts(ids: string[], now: number): Generator<Row> {
  for (const [i, id] of ids.entries()) {
    yield {
      id,
      email: `user${i}@example.com`,
      username: i % 3 === 0 ? null : `name-${i}`,
      password_hash: `$argon2id$v=19$m=19456,t=2,p=1$${'s'.repeat(22)}$${'h'.repeat(43)}`,
      email_verified_at: null,
      admin: 0,
      disabled_at: null,
      disabled_until: null,
      tokens_revoked_at: null,
      generation: 0,
      tokens_expire_at: now + 3_600_000,
      last_login_at: i % 5 === 0 ? null : now - Math.floor(Math.random() * year_ms),
      created_at: now - year_ms + Math.floor((i / ids.length) * year_ms),
      factors: '',
      pending_email: null,
    }
  }
}

/** Tokens of which nine of ten are live. */
function* tokens(ids: string[], owner: string, count: number, now: number): Generator<Row> {
  for (let i = 0; i < count; i++) {
    const revoked = i >= manyTokens && i % 10 === 9
    yield {
      jti: randomUUIDv7(),
      user_id: i < manyTokens ? owner : (ids[i % ids.length] as string),
      kid: 'k'.repeat(43),
      description: 'Firefox on Linux',
      user_agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      ip: '192.0.2.1',
      issued_at: now - count + i,
      expires_at: now + 3_600_000 + i,
      last_used_at: null,
      revoked_at: revoked ? now : null,
      reason: revoked ? 'logout' : null,
      generation: 0,
      kind: 'login',
      scope: null,
      authenticated_at: null,
    }
  }
}

const actions = ['login', 'login.failed', 'token.revoked']

/** One year of facts. Three actions share them. @param head gets the end of the chain */
function* facts(ids: string[], count: number, now: number, head: { seq: number; hash: string }): Generator<Row> {
  for (let seq = 1; seq <= count; seq++) {
    const id = ids[(seq * 7919) % ids.length] as string
    const row: Omit<AuditRow, 'hash'> = {
      seq,
      at: now - year_ms + Math.floor((seq / count) * year_ms),
      action: actions[seq % actions.length] as string,
      actor: id,
      subject: id,
      address: '192.0.2.1',
      request_id: randomUUID(),
      details: JSON.stringify({ token: randomUUIDv7() }),
    }
    head.hash = hashRow(head.hash, row)
    head.seq = seq
    yield { ...row, hash: head.hash }
  }
}

/** Writes rows past the service, because a million logins would cost a million password hashes. */
interface Tables {
  insert: (table: string, rows: Iterable<Row>) => Promise<void>
  run: (statement: string) => Promise<void>
  /** Leaves the tables as the database itself would leave them after a while. */
  settle: () => Promise<void>
  close: () => Promise<void>
}

async function openTables(url: string): Promise<Tables> {
  if (url.startsWith('sqlite:')) return openFile(url.slice('sqlite:'.length))
  const client = new pg.Client(url)
  await client.connect()
  const run = async (statement: string) => void (await client.query(statement))
  return {
    run,
    async insert(table, rows) {
      const statement = `insert into "${table}" select * from json_populate_recordset(null::"${table}", $1)`
      for (const batch of batches(rows, 10_000)) await client.query(statement, [JSON.stringify(batch)])
    },
    settle: () => run('vacuum analyze'),
    close: () => client.end(),
  }
}

function openFile(path: string): Tables {
  const file = new DatabaseSync(path)
  // The rows of an index come in no order. A cache that holds the index saves most of the time.
  file.exec('pragma cache_size = -1000000')
  file.exec('begin')
  return {
    run: async (statement) => file.exec(statement),
    async insert(table, rows) {
      let statement: ReturnType<DatabaseSync['prepare']> | undefined
      for (const row of rows) {
        const names = Object.keys(row)
        statement ??= file.prepare(
          `insert into "${table}" (${names.join()}) values (${names.map((name) => `:${name}`).join()})`,
        )
        statement.run(row)
      }
    },
    settle: async () => file.exec('commit'),
    close: async () => file.close(),
  }
}

function* batches<T>(items: Iterable<T>, size: number): Generator<T[]> {
  let batch: T[] = []
  for (const item of items) {
    if (batch.push(item) < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
