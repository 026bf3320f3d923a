import { DatabaseSync } from 'node:sqlite'

/** A user in a database of a tutorial's program. */
export interface FlaskUser {
  email: string | null
  username?: string
  hash: string | Uint8Array
  admin?: boolean
  public_id?: string | null
}

/** A widget in such a database. `owner` is the user's number, from 1. */
export interface FlaskWidget {
  name: string
  owner: number
  info_url?: string | null
  deadline?: string | null
}

const registered = '2020-02-28 11:38:53.123456'

/** Makes a database as the program with the blacklist and widgets does, without widgets as before its fifth part. */
export function writeBlacklistFile(path: string, users: FlaskUser[], widgets?: FlaskWidget[]): void {
  const file = new DatabaseSync(path)
  file.exec(`
    create table site_user (
      id integer not null primary key, email varchar(255) not null unique, password_hash varchar(100) not null,
      registered_on datetime, admin boolean, public_id varchar(36) unique);
    create table token_blacklist (id integer primary key, token varchar(500), blacklisted_on datetime, expires_at datetime)`)
  const insert = file.prepare('insert into site_user values (?, ?, ?, ?, ?, ?)')
  for (const [i, { email, hash, admin = false, public_id = null }] of users.entries())
    insert.run(i + 1, email, hash, registered, Number(admin), public_id)
  if (widgets !== undefined) {
    file.exec(`create table widget (
      id integer not null primary key, name varchar(100) not null unique, info_url varchar(255), created_at datetime,
      deadline datetime, owner_id integer not null references site_user (id))`)
    const add = file.prepare('insert into widget values (?, ?, ?, ?, ?, ?)')
    for (const [i, widget] of widgets.entries()) {
      const { name, owner, info_url = 'https://example.com/widget', deadline = '2020-03-31 23:59:59.000000' } = widget
      add.run(i + 1, name, info_url, registered, deadline, owner)
    }
  }
  file.close()
}

/**
 * Makes a database as the program with the whitelist does.
 * @param roles `none`: before the sixth part of the tutorial. `uuids`: ids as in its tenth part
 */
export function writeWhitelistFile(path: string, users: FlaskUser[], roles: 'none' | 'numbers' | 'uuids'): void {
  const file = new DatabaseSync(path)
  const key = roles === 'uuids' ? 'char(32)' : 'integer'
  const base = `id ${key} not null primary key, created_at datetime, updated_at datetime`
  file.exec(`create table users (
    username varchar not null unique, email varchar not null unique, encrypted_password varchar not null, ${base})`)
  const idOf = (i: number) => (roles === 'uuids' ? (users[i]?.public_id ?? '') : i + 1)
  const insert = file.prepare('insert into users values (?, ?, ?, ?, ?, ?)')
  for (const [i, { email, username = `user-${i}`, hash }] of users.entries())
    insert.run(username, email, hash, idOf(i), '2018-10-01 10:00:00', '2018-10-01 10:00:00')
  if (roles !== 'none') {
    file.exec(`create table roles (name varchar(80) unique, description varchar(255), ${base})`)
    file.exec(`create table user_roles (user_id ${key}, role_id ${key})`)
    const addRole = file.prepare('insert into roles (id, name) values (?, ?)')
    const [admin, editor] = roles === 'uuids' ? ['a'.repeat(32), 'b'.repeat(32)] : [1, 2]
    addRole.run(admin, 'admin')
    addRole.run(editor, 'editor')
    const give = file.prepare('insert into user_roles values (?, ?)')
    for (const [i, user] of users.entries()) {
      give.run(idOf(i), editor)
      if (user.admin) give.run(idOf(i), admin)
    }
  }
  file.close()
}
