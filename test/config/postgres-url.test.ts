import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SettingsError } from '../../src/config/kinds.ts'
import { describePostgresUrl, parsePostgresUrl } from '../../src/config/postgres-url.ts'

/** https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS, and what people write. */
for (const [url, parsed] of [
  ['postgresql://localhost', { host: 'localhost' }],
  ['postgresql://localhost:5433', { host: 'localhost', port: 5433 }],
  ['postgresql://localhost/mydb', { host: 'localhost', database: 'mydb' }],
  ['postgresql://user@localhost', { user: 'user', host: 'localhost' }],
  ['postgresql://user:secret@localhost', { user: 'user', password: 'secret', host: 'localhost' }],
  ['postgresql:///mydb?host=localhost&port=5433', { database: 'mydb', host: 'localhost', port: 5433 }],
  ['postgresql://[2001:db8::1234]/database', { host: '2001:db8::1234', database: 'database' }],
  ['postgresql://[::1]:6543/', { host: '::1', port: 6543 }],
  ['postgresql:///dbname?host=/var/lib/postgresql', { database: 'dbname', host: '/var/lib/postgresql' }],
  ['postgresql://%2Fvar%2Flib%2Fpostgresql/dbname', { host: '/var/lib/postgresql', database: 'dbname' }],
  ['postgres://%2Frun:6543/d', { host: '/run', port: 6543, database: 'd' }],
  [
    'postgres://user:pass@/db?host=/dir&port=6543',
    { user: 'user', password: 'pass', database: 'db', host: '/dir', port: 6543 },
  ],
  ['postgres://user:pass@?host=/dir', { user: 'user', password: 'pass', host: '/dir' }],
  ['postgres://user@:6543/db', { user: 'user', port: 6543, database: 'db' }],
  ['postgres://h/a?dbname=b&user=u&password=p', { host: 'h', database: 'b', user: 'u', password: 'p' }],
  ['postgres://u:p%40ss%2Fw%23rd%3F@h/d%20b', { user: 'u', password: 'p@ss/w#rd?', host: 'h', database: 'd b' }],
  ['postgres://u:p@ss:word@h/d', { user: 'u', password: 'p@ss:word', host: 'h', database: 'd' }],
  [
    'postgres://h/d?sslmode=require&channel_binding=require',
    { sslmode: 'require', more: { enableChannelBinding: true } },
  ],
  ['postgres://h/d?ssl=true', { sslmode: 'require' }],
  ['postgres://h/d?sslrootcert=system', { sslmode: 'verify-full' }],
  ['postgres://h/d?connect_timeout=10&keepalives_idle=1&target_session_attrs=read-write', { more: {} }],
  [
    'postgres://h/d?application_name=a%20b&options=-c%20x%3Dy',
    { more: { application_name: 'a b', options: '-c x=y' } },
  ],
] as const) {
  test(`${url} is read as libpq reads it`, () => {
    const actual = parsePostgresUrl(url)
    assert.deepEqual(actual, { ...actual, ...parsed })
    if (!('more' in parsed) && !('sslmode' in parsed)) assert.deepEqual(actual, { ...parsed, more: {} })
  })
}

for (const [url, line] of [
  ['postgres://secret:secret@a:1,b:2/d', /^names several hosts, but Latchkey connects to one/],
  ['postgres://secret:secret@/d?host=a,b', /^names several hosts/],
  ['postgres://secret:secret@h/d?service=main', /^has the parameter "service", which Latchkey does not support$/],
  ['postgres://secret:secret@h/d?hostaddr=10.0.0.1', /"hostaddr"/],
  ['postgres://secret:secret@h/d?target_session_attrs=standby', /"target_session_attrs"/],
  ['postgres://secret:secret@h/d?ssl_mode=require', /"ssl_mode"/],
  ['postgres://secret:secret@h/d?sslmode=always', /^has an unknown sslmode: it must be one of disable, /],
  ['postgres://secret:secret@h/d?sslmode=verify-ca', /needs sslrootcert/],
  ['postgres://secret:secret@h/d?sslmode=require&sslrootcert=system', /needs sslmode=verify-full/],
  ['postgres://u:1?secret@h/d', /^must be sqlite:path or postgres:/],
  ['postgres://u:1?secret=secret@h/d', /^must be/],
  ['postgres://u:1/secret@h/d', /^must be/],
  ['postgres://u:secret%zz@h/d', /^must be/],
  ['postgres://h:0/d', /^must be/],
  ['postgres://h:65536/d', /^must be/],
  ['postgres://h/d?port=x', /^must be/],
  ['postgres://::1/d', /^must be/],
] as const) {
  test(`${url} is refused with one line that has no part of the password`, () => {
    assert.throws(
      () => parsePostgresUrl(url),
      (error: SettingsError) => {
        assert.ok(error instanceof SettingsError)
        assert.match(error.message, line)
        return !`${error.message}${error.hint}`.includes('secret')
      },
    )
  })
}

for (const [url, place] of [
  ['postgres://user:pass@/db?host=/dir&port=6543', 'PostgreSQL at /dir:6543/db'],
  ['postgres://user:pass@[::1]/db', 'PostgreSQL at [::1]:5432/db'],
  ['postgres://user:pass@h', 'PostgreSQL at h:5432/user'],
  ['postgres://h/db?user=user&password=pass', 'PostgreSQL at h:5432/db'],
] as const) {
  test(`${url} is shown to people as ${place}`, () => assert.equal(describePostgresUrl(url), place))
}
