import { type Kysely, sql } from 'kysely'
import { isPostgres } from '../open.ts'

/** Accounts, tokens, the revocation log, signing keys, widgets. */
export async function up(db: Kysely<never>): Promise<void> {
  const postgres = isPostgres(db)
  await createAccounts(db)
  await createTokens(db, postgres)
  await createWidgets(db)
  if (postgres) await createLoginFailures(db)
}

async function createAccounts({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('user')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('email', 'text', (c) => c.notNull().unique())
    .addColumn('username', 'text', (c) => c.unique())
    .addColumn('password_hash', 'text', (c) => c.notNull())
    .addColumn('admin', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('disabled_at', 'bigint')
    .addColumn('tokens_revoked_at', 'bigint')
    .addColumn('last_login_at', 'bigint')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute()

  await schema
    .createTable('known_address')
    .addColumn('user_id', 'text', (c) => c.notNull().references('user.id'))
    .addColumn('address', 'text', (c) => c.notNull())
    .addColumn('last_login_at', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('known_address_key', ['user_id', 'address'])
    .execute()
}

async function createTokens(db: Kysely<never>, postgres: boolean): Promise<void> {
  const create = (name: string) => db.schema.createTable(name)
  await create('signing_key')
    .addColumn('kid', 'text', (c) => c.primaryKey())
    .addColumn('alg', 'text', (c) => c.notNull())
    .addColumn('public_jwk', 'text', (c) => c.notNull())
    .addColumn('private_jwk', 'text')
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .addColumn('retired_at', 'bigint')
    .execute()
  // At most one key signs. Two processes that start at the same time must not both create one.
  await sql`create unique index signing_key_current on signing_key ((retired_at is null)) where retired_at is null`.execute(
    db,
  )

  await create('token')
    .addColumn('jti', 'text', (c) => c.primaryKey())
    .addColumn('user_id', 'text', (c) => c.notNull().references('user.id'))
    .addColumn('kid', 'text', (c) => c.notNull())
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('user_agent', 'text')
    .addColumn('ip', 'text', (c) => c.notNull())
    .addColumn('issued_at', 'bigint', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('revoked_at', 'bigint')
    .addColumn('reason', 'text')
    .execute()
  await db.schema.createIndex('token_by_user').on('token').columns(['user_id', 'issued_at']).execute()
  await db.schema.createIndex('token_by_expiry').on('token').column('expires_at').execute()

  // AUTOINCREMENT never reuses a sequence number, even after all rows are deleted.
  await create('revocation')
    .addColumn('seq', postgres ? 'bigserial' : 'integer', (c) =>
      postgres ? c.primaryKey() : c.primaryKey().autoIncrement(),
    )
    .addColumn('jti', 'text', (c) => c.notNull())
    .addColumn('expires_at', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.createIndex('revocation_by_expiry').on('revocation').column('expires_at').execute()
}

async function createWidgets({ schema }: Kysely<never>): Promise<void> {
  await schema
    .createTable('widget')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('info_url', 'text', (c) => c.notNull())
    .addColumn('deadline', 'bigint', (c) => c.notNull())
    .addColumn('owner_id', 'text', (c) => c.notNull().references('user.id'))
    .addColumn('created_at', 'bigint', (c) => c.notNull())
    .execute()
}

/** Failed logins, shared by all nodes. rate-limiter-flexible's RateLimiterPostgres expects these columns. */
async function createLoginFailures(db: Kysely<never>): Promise<void> {
  await db.schema
    .createTable('login_failure')
    .addColumn('key', 'varchar(255)', (c) => c.primaryKey())
    .addColumn('points', 'integer', (c) => c.notNull().defaultTo(0))
    .addColumn('expire', 'bigint')
    .execute()
}
