import {
  adviseOrigin,
  hashConcurrency,
  integer,
  isOrigin,
  isProxy,
  list,
  oneOf,
  publicUrl,
  type Setting,
  text,
} from './kinds.ts'
import { databaseUrl } from './postgres-url.ts'
import { mailFrom, smtpUrl } from './smtp-url.ts'

/** Every setting. docs/settings.md is printed from this table. */
export const settingsTable = {
  HOST: text('127.0.0.1', 'address to listen on', {
    type: 'an address or a name',
    accepts: (value) => /^[A-Za-z0-9.:%_-]+$/.test(value),
  }),
  PORT: integer(5000, 0, 65535, 'port to listen on; 0 takes a free one'),
  DATABASE_URL: databaseUrl,
  START_TIMEOUT_S: integer(
    60,
    0,
    3600,
    'PostgreSQL: how long a start, of a command too, waits for a server that cannot be reached yet',
  ),
  LATCHKEY_ENV: oneOf(
    'development',
    ['development', 'test', 'production'],
    'profile: defaults for development, for tests, or for production, which refuses to start with an unsafe setting',
  ),
  TOKEN_TTL_SECONDS: integer({ development: 900, test: 5, production: 3600 }, 1, 86_400 * 30, 'lifetime of a token'),
  TOKEN_ALG: oneOf('ES256', ['ES256', 'EdDSA', 'RS256'], 'signature algorithm of new tokens (RFC 7518, RFC 8037)'),
  PUBLIC_URL: publicUrl,
  ISSUER: text('', '`iss` of new tokens; `PUBLIC_URL` if not set', {
    type: 'printable ASCII without spaces, at most 255',
    accepts: (value) => /^[\x21-\x7e]{1,255}$/.test(value),
  }),
  AUDIENCE: list('`aud` of new tokens; the issuer if not set', {
    type: 'at most 20 names in printable ASCII without spaces, each at most 255, separated by commas',
    accepts: (part) => /^[\x21-\x7e]{1,255}$/.test(part),
    most: 20,
  }),
  REALM_DOMAIN: text('mydomain.com', 'domain in the `WWW-Authenticate` realm', {
    type: 'a domain name',
    accepts: (value) => /^[A-Za-z0-9.-]{1,253}$/.test(value),
  }),
  LATCHKEY_SECRET: text(
    '',
    'seals the signing keys and the secrets of authenticator apps in the database; required in production',
    {
      type: '32 to 1024 characters',
      accepts: (value) => /^.{32,1024}$/su.test(value),
    },
  ),
  SIGNING_KEY_FILE: text(
    '',
    'private key (JWK or PKCS #8 PEM) to sign with, instead of a key that Latchkey generates',
    { type: 'a path', accepts: () => true },
  ),
  REGISTRATION: oneOf(
    'open',
    ['open', 'invite', 'closed'],
    'whether people may register; with `invite` and `closed`, the operator and administrators add and invite people',
  ),
  ADMIN_FACTOR: oneOf(
    'off',
    ['off', 'required'],
    'with `required`, an administrator without a second factor can only add one',
  ),
  USER_FACTOR: oneOf(
    'off',
    ['off', 'required'],
    'with `required`, every account without a second factor can only add one',
  ),
  PASSWORD_MIN_LENGTH: integer(8, 1, 256, 'shortest password that can be registered, in characters'),
  PASSWORD_BLOCKLIST: oneOf(
    { development: 'off', test: 'off', production: 'on' },
    ['on', 'off'],
    'whether new passwords are refused that are common, or that contain the username or the address of the account',
  ),
  PASSWORD_WORDS: list('words that no new password may contain, if `PASSWORD_BLOCKLIST` is on', {
    type: 'words such as the name of the company and of the product, each 3 to 64 characters, separated by commas',
    accepts: (part) => /^.{3,64}$/u.test(part),
  }),
  ARGON2_MEMORY_KIB: integer(19_456, 8, 4_194_304, 'memory of one password hash (argon2id)'),
  ARGON2_PASSES: integer(2, 1, 100, 'passes of one password hash'),
  HASH_CONCURRENCY: hashConcurrency,
  LOGIN_LIMIT_ACCOUNT: integer(10, 0, 1_000_000, 'failed logins of one account in 15 minutes; 0 is off'),
  LOGIN_LIMIT_ADDRESS: integer(100, 0, 1_000_000, 'failed logins from one address in 15 minutes; 0 is off'),
  LOGIN_LIMIT_SUCCESS: integer(10_000, 0, 100_000_000, 'successful logins of one account in 15 minutes; 0 is off'),
  LOGIN_LIMIT_SUCCESS_ADDRESS: integer(
    { development: 100_000, test: 100_000, production: 3000 },
    0,
    100_000_000,
    'successful logins from one address in 15 minutes; 0 is off',
  ),
  REGISTRATION_LIMIT_ADDRESS: integer(
    { development: 1000, test: 1000, production: 100 },
    0,
    100_000_000,
    'registrations from one address in 15 minutes; 0 is off',
  ),
  TOKEN_LIMIT_ACCOUNT: integer(
    1000,
    0,
    1_000_000,
    'live logins of one account, and named tokens; a login above it ends the oldest, a named token above it is refused; 0 is off',
  ),
  SESSION_MAX_SECONDS: integer(
    43_200,
    0,
    31_536_000,
    'how long after a login its token may be renewed; no token of the session outlives this; 0 is off',
  ),
  AUDIT_RETENTION_DAYS: integer(0, 0, 36_500, 'how long rows of the audit trail are kept; 0 is for ever'),
  SMTP_URL: smtpUrl,
  MAIL_FROM: mailFrom,
  MAIL_TEMPLATES: text('', 'folder with templates of messages, which replace those of Latchkey file by file', {
    type: 'a path',
    accepts: () => true,
  }),
  MAIL_OUTBOX: text('data/outbox', 'folder for messages outside production, if `SMTP_URL` is not set', {
    type: 'a path',
    accepts: () => true,
  }),
  EMAIL_VERIFICATION: oneOf(
    'off',
    ['off', 'on', 'required'],
    'whether a registration sends a link that verifies the address; with `required`, an account cannot log in before the link was used',
  ),
  NEW_LOGIN_MAIL: oneOf(
    'on',
    ['on', 'off'],
    'whether a login from a network that the account has not logged in from in 90 days sends a message, where mail is on',
  ),
  LEASE_MS: integer(
    1000,
    100,
    60_000,
    'PostgreSQL: how long a node may answer from memory after it last heard from the database, and how long a revocation waits for a silent node',
  ),
  ON_STALE: oneOf(
    'ask',
    ['ask', 'refuse'],
    'PostgreSQL: what a node does with a token while the node has no lease: ask the database, or refuse with 503',
  ),
  RATE_LIMIT: integer(
    0,
    0,
    100_000_000,
    'requests of one address in a minute, except for `/healthz`, `/readyz` and `/metrics`; 0 is off',
  ),
  CORS_ORIGINS: list('origins whose pages may call the API', {
    type: 'origins such as https://app.example, separated by commas, or *',
    accepts: (part) => part === '*' || isOrigin(part),
    advise: adviseOrigin,
  }),
  TRUST_PROXY: list('proxies whose `X-Forwarded-For` or `Forwarded` is trusted', {
    type: 'addresses, CIDR ranges, loopback, linklocal or uniquelocal, separated by commas',
    accepts: isProxy,
  }),
  CONSOLE: oneOf('on', ['on', 'off'], 'the pages at `/` for people and administrators'),
  UI: oneOf('on', ['on', 'off'], 'Swagger UI; with `CONSOLE=off`, also a page at `/` with links'),
  LOG_LEVEL: oneOf(
    'info',
    ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
    'lowest level that is logged',
  ),
} satisfies Record<string, Setting<unknown>>

type Table = typeof settingsTable

/** The validated settings, by their names in the environment. */
export type Settings = { readonly [Name in keyof Table]: ReturnType<Table[Name]['parse']> }
