import { DatabaseSync } from 'node:sqlite'
import { setImmediate } from 'node:timers/promises'
import type { Entry } from '../entry.ts'
import { type ImportedUser, readUser } from '../user.ts'
import { type ImportedWidget, readWidget } from '../widget.ts'

/** A database that one of the two tutorials' programs has made. */
export interface FlaskFile {
  /** Number of accounts and widgets. */
  size: number
  users: () => AsyncGenerator<Entry<ImportedUser>>
  widgets: (() => AsyncGenerator<Entry<ImportedWidget>>) | undefined
  close: () => void
}

/** What each tutorial's schema has. Both store instants as text, in UTC, and the second stores hashes as bytes. */
interface Schema {
  table: string
  users: string
  widgets?: string
}

/** The API with a blacklist and widgets. Widgets came in its fifth part. */
const blacklist: Schema = {
  table: 'site_user',
  users: `select id as place, email, null as username, password_hash, admin, registered_on as created_at, public_id
    from site_user order by id`,
  widgets: `select widget.id as place, name, info_url, deadline, created_at, email as owner_email, public_id as owner_public_id
    from widget left join site_user on site_user.id = owner_id order by widget.id`,
}

/** The API with a whitelist. Roles came in its sixth part, and UUIDs in its tenth. */
const whitelist: Schema = {
  table: 'users',
  users: `select rowid as place, email, username, encrypted_password as password_hash, 0 as admin, created_at, id as public_id
    from users order by rowid`,
}

const isAdmin = `exists (select * from user_roles join roles on roles.id = role_id
  where user_id = users.id and roles.name = 'admin') as admin`

type Row = Record<string, unknown>

/** @throws Error that says why the file cannot be read */
export function openFlask(path: string): FlaskFile {
  const file = new DatabaseSync(path, { readOnly: true })
  try {
    return describe(file)
  } catch (error) {
    file.close()
    throw new Error(`${path} is not a database of either tutorial: ${(error as Error).message}`)
  }
}

function describe(file: DatabaseSync): FlaskFile {
  const names = file.prepare("select name from sqlite_schema where type = 'table'").all()
  const has = (table: string) => names.some(({ name }) => name === table)
  const schema = [blacklist, whitelist].find(({ table }) => has(table))
  if (schema === undefined) throw new Error('it has neither a table site_user nor a table users')
  const { table, widgets } = schema
  const users = has('user_roles') && has('roles') ? schema.users.replace('0 as admin', isAdmin) : schema.users
  const count = (name: string) => Number(file.prepare(`select count(*) as count from "${name}"`).get()?.count)
  const withWidgets = widgets !== undefined && has('widget')
  // Also finds out whether the columns are there.
  const selectUsers = file.prepare(users)
  const selectWidgets = withWidgets ? file.prepare(widgets) : undefined
  return {
    size: count(table) + (withWidgets ? count('widget') : 0),
    users: () => read(selectUsers.iterate(), table, (row) => readUser(toFields(row))),
    widgets: selectWidgets && (() => read(selectWidgets.iterate(), 'widget', (row) => readWidget(row))),
    close: () => file.close(),
  }
}

/** Rows between two turns of the event loop, in which the progress is shown. */
const rowsInTurn = 500

async function* read<T>(rows: Iterable<Row>, table: string, parse: (row: Row) => Entry<T>['item']) {
  let number = 0
  for (const row of rows) {
    if (++number % rowsInTurn === 0) await setImmediate()
    yield { place: `${table} ${row.place}`, item: parse(row) }
  }
}

function toFields({ password_hash, public_id, admin, ...row }: Row): Row {
  return {
    ...row,
    password_hash: password_hash instanceof Uint8Array ? Buffer.from(password_hash).toString('latin1') : password_hash,
    // A number means nothing outside of its database.
    public_id: typeof public_id === 'number' ? undefined : withHyphens(public_id),
    admin: admin === 1,
  }
}

function withHyphens(id: unknown): unknown {
  return typeof id === 'string' ? id.replace(/^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, '$1-$2-$3-$4-$5') : id
}
