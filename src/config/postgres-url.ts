import { type Setting, SettingsError } from './kinds.ts'

/** A connection URI as libpq documents it, for one server. https://www.postgresql.org/docs/current/libpq-connect.html */
export interface PostgresUrl {
  /** A name, an address, or the folder of a socket. Undefined: the default of node-postgres. The same holds for the others. */
  host?: string
  port?: number
  user?: string
  password?: string
  database?: string
  sslmode?: SslMode
  sslcert?: string
  sslkey?: string
  sslrootcert?: string
  /** Other parameters, by the names of node-postgres. */
  more: Record<string, string | boolean>
}

const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'] as const
export type SslMode = (typeof sslModes)[number]

/** Parameters without an effect here. Each query and each connection has a time limit already. */
const ignored = /^(connect_timeout|keepalives\w*|tcp_user_timeout|gssencmode|sslcompression|sslsni|client_encoding)$/

/** No `@` after the host: it would be the end of a password that is not percent-encoded. */
const shape = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#]*)(?:\/([^?#@]*))?(?:\?([^#@]*))?$/

/** @throws SettingsError whose message follows the name of the setting, and never contains a part of the URL's credentials */
export function parsePostgresUrl(url: string): PostgresUrl {
  const [matched, credentials = '', authority = '', path = '', query = ''] = shape.exec(url) ?? []
  if (matched === undefined || /:\/\/$/.test(url)) throw malformed()
  const [user, ...password] = credentials.split(':')
  const parsed: PostgresUrl = { more: {} }
  if (authority.includes(',')) throw severalHosts()
  setServer(parsed, /^(\[[^\]]*\]|[^:]*)(?::(\d*))?$/.exec(authority))
  set(parsed, 'user', decode(user ?? ''))
  set(parsed, 'password', decode(password.join(':')))
  set(parsed, 'database', decode(path))
  for (const [name, value] of new URLSearchParams(query)) setParameter(parsed, name, value)
  refuseUnchecked(parsed)
  return parsed
}

/** Where the database is, for people, without user and password. */
export function describePostgresUrl(url: string): string {
  const { host = 'localhost', port = 5432, database, user } = parsePostgresUrl(url)
  return `PostgreSQL at ${host.includes(':') ? `[${host}]` : host}:${port}/${database ?? user ?? ''}`
}

/** `sqlite://…` is refused, because programs disagree whether it names a relative or an absolute path. */
export const databaseUrl = {
  type: 'sqlite:path or postgres://…',
  fallback: () => 'sqlite:data/latchkey.db',
  fallback_text: 'sqlite:data/latchkey.db',
  meaning: 'where the data is: one SQLite file, or a PostgreSQL server (15 or newer)',
  parse(url) {
    if (/^postgres(ql)?:/.test(url)) parsePostgresUrl(url)
    else if (!/^sqlite:(?!\/\/)./.test(url)) throw new SettingsError(`must be ${databaseUrl.type}`)
    return url
  },
} satisfies Setting<string>

function malformed(): SettingsError {
  return new SettingsError(
    'must be sqlite:path or postgres://…',
    'in the user and the password, write special characters percent-encoded: # is %23, / is %2F, @ is %40',
  )
}

function severalHosts(): SettingsError {
  return new SettingsError('names several hosts, but Latchkey connects to one: name the primary, or a proxy before it')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed()
  }
}

function set(parsed: PostgresUrl, name: 'host' | 'user' | 'password' | 'database', value: string): void {
  if (value !== '') parsed[name] = value
}

function setServer(parsed: PostgresUrl, server: RegExpExecArray | null): void {
  if (server === null) throw malformed()
  const [, host = '', port = ''] = server
  set(parsed, 'host', decode(host.replace(/^\[(.*)\]$/, '$1')))
  setPort(parsed, port)
}

function setPort(parsed: PostgresUrl, port: string): void {
  if (port === '') return
  parsed.port = Number(port)
  if (!/^\d+$/.test(port) || parsed.port < 1 || parsed.port > 65_535) throw malformed()
}

function setParameter(parsed: PostgresUrl, name: string, value: string): void {
  if ((name === 'host' || name === 'port') && value.includes(',')) throw severalHosts()
  if (name === 'port') setPort(parsed, value)
  else if (name === 'host' || name === 'user' || name === 'password') set(parsed, name, value)
  else if (name === 'dbname') set(parsed, 'database', value)
  else if (name === 'sslmode') setSslMode(parsed, value)
  else if (name === 'sslcert' || name === 'sslkey' || name === 'sslrootcert') parsed[name] = value
  else setOther(parsed, name, value)
}

function setSslMode(parsed: PostgresUrl, value: string): void {
  const mode = sslModes.find((each) => each === value)
  if (mode === undefined) throw new SettingsError(`has an unknown sslmode: it must be one of ${sslModes.join(', ')}`)
  parsed.sslmode = mode
}

function setOther(parsed: PostgresUrl, name: string, value: string): void {
  if (ignored.test(name)) return
  if (/^(options|application_name|fallback_application_name|sslnegotiation)$/.test(name)) parsed.more[name] = value
  else if (name === 'channel_binding') parsed.more.enableChannelBinding = value !== 'disable'
  // libpq reads ssl=true as sslmode=require, for URLs of JDBC.
  else if (name === 'ssl' && value === 'true') parsed.sslmode = 'require'
  else if (name === 'target_session_attrs' && /^(any|read-write|primary)$/.test(value)) return
  else throw new SettingsError(`has the parameter ${JSON.stringify(name)}, which Latchkey does not support`)
}

/** A mode that checks the server needs to know by what. `system` names the authorities that Node.js knows. */
function refuseUnchecked(parsed: PostgresUrl): void {
  const { sslmode, sslrootcert } = parsed
  if (sslmode === 'verify-ca' && sslrootcert === undefined) {
    throw new SettingsError('has sslmode=verify-ca, which needs sslrootcert=/path/to/ca.pem')
  }
  if (sslrootcert !== 'system') return
  if (sslmode !== undefined && sslmode !== 'verify-full') {
    throw new SettingsError('has sslrootcert=system, which needs sslmode=verify-full')
  }
  parsed.sslmode = 'verify-full'
  delete parsed.sslrootcert
}
