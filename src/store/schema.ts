import type { Generated, Kysely, Transaction } from 'kysely'

/** Instants are whole milliseconds since 1970, ids are text, and 0 and 1 stand for false and true. */
export interface Schema {
  user: UserTable
  token: TokenTable
  revocation: RevocationTable
  feed: FeedTable
  service: ServiceTable
  signing_key: SigningKeyTable
  known_address: KnownAddressTable
  widget: WidgetTable
  command_log: CommandLogTable
  audit: AuditTable
  audit_pending: AuditPendingTable
  audit_head: AuditHeadTable
  audit_day: AuditDayTable
  totp: TotpTable
  recovery_code: RecoveryCodeTable
  login_ticket: LoginTicketTable
  passkey: PasskeyTable
  passkey_challenge: PasskeyChallengeTable
  mail_message: MailMessageTable
  mailed_link: MailedLinkTable
}

interface UserTable {
  /** The `public_id` of the API and the `sub` of tokens: a UUID. */
  id: string
  email: string
  username: string | null
  /** argon2id in PHC format. `imported:` and a hash of another system, until the next login after an import. */
  password_hash: string
  /** When the owner of the account has shown to own the address too. Null: not yet. */
  email_verified_at: number | null
  admin: 0 | 1
  disabled_at: number | null
  /** The account counts as enabled from this time on. Null: it stays disabled. */
  disabled_until: number | null
  /** When all tokens were last revoked together. The write also orders the revocation against logins. */
  tokens_revoked_at: number | null
  /** Number of times that all tokens were revoked together. Tokens of a lower generation are revoked. */
  generation: Generated<number>
  /** When the last token that was ever issued to the user expires. 0: there was none. */
  tokens_expire_at: Generated<number>
  last_login_at: number | null
  created_at: number
  /** The second factors in force, separated by spaces. Every change of factors writes it, under the lock of this row. */
  factors: Generated<string>
  /** The address that replaces `email` when the link that was sent there is used. */
  pending_email: string | null
}

interface TokenTable {
  jti: string
  /** The `sub`: id of the user or of the service that the token was issued to. */
  user_id: string
  kid: string
  description: string
  user_agent: string | null
  ip: string
  issued_at: number
  expires_at: number
  last_used_at: number | null
  revoked_at: number | null
  reason: string | null
  /** The generation of the user or of the service when the token was issued. */
  generation: Generated<number>
  kind: Generated<TokenKind>
  /** What a named token may be used for, separated by spaces. Null: all that its owner may do. */
  scope: string | null
  /** When the session began: the login that the token, or a token that it renewed, was issued for. Null: at `issued_at`. */
  authenticated_at: number | null
}

/** What a token was issued for: a login, a program of a user's (a token with a name), or a service. */
export type TokenKind = 'login' | 'named' | 'service'

/** The revocation log. A row becomes visible only after every row with a lower `seq`. */
interface RevocationTable {
  seq: Generated<number>
  jti: string
  expires_at: number
  /** The entry ends the tokens of the user `jti` with a lower generation. Null: the entry does not name a user. */
  below_generation: number | null
  /** Random, so that no two entries are taken for each other. SQLite stores a text, and PostgreSQL a UUID. */
  mark: Generated<string>
}

/** Another program that accepts tokens. */
interface ServiceTable {
  /** The `client_id`: a UUID. */
  id: string
  name: string
  /** SHA-256 of the secret, as base64url. */
  secret_hash: string
  /** The secret before counts until `previous_until`. */
  previous_hash: string | null
  previous_until: number
  may_revoke_users: 0 | 1
  /** As of a user: tokens of a lower generation are revoked. */
  generation: Generated<number>
  /** When the last token that was ever issued to the service expires. 0: there was none. */
  tokens_expire_at: Generated<number>
  created_at: number
}

/** Only on SQLite, with at most one row. */
interface FeedTable {
  id: number
  /** Id of the process that has granted leases to verifiers. */
  server: string
  /** The longest lease that it has granted. */
  lease_ms: number
}

interface SigningKeyTable {
  kid: string
  alg: string
  public_jwk: string
  /** Sealed (a compact JWE) if a secret is configured. Null for a key from a file, and for a retired key. */
  private_jwk: string | null
  created_at: number
  /** A retired key signs no more tokens, but still verifies its tokens. */
  retired_at: number | null
  /** 1: the private key is in a server's SIGNING_KEY_FILE. */
  from_file: 0 | 1
  /** 1: the key does not sign yet. Key sets announce it since it was made. */
  next: Generated<0 | 1>
  /** From when on the next key signs. Null: this is not decided. */
  signs_from: number | null
}

/** A network that an account has logged in from. Failed logins from other networks do not lock it out. */
interface KnownAddressTable {
  user_id: string
  /** An IPv4 address, or the /64 of an IPv6 address. */
  address: string
  last_login_at: number
}

interface WidgetTable {
  id: string
  name: string
  info_url: string
  deadline: number
  /** The user who added the widget. The account may have been deleted. */
  owner_id: string
  created_at: number
}

interface AuditTable {
  /** Counts from 1, without a gap. */
  seq: number
  at: number
  /** Such as `token.revoked`. */
  action: string
  /** Who did it. Null: the caller is not known, as with a failed login, or a command did it. */
  actor: string | null
  /** The user, the service, the token or the key that it was done to. */
  subject: string | null
  address: string | null
  request_id: string | null
  /** JSON. */
  details: string
  /** SHA-256 over this row and the hash of the row before, as base64url. */
  hash: string
}

interface AuditPendingTable extends Omit<AuditTable, 'seq' | 'hash'> {
  /** A UUID of version 7. */
  id: string
}

/** The one row that says where the audit trail begins and ends. */
interface AuditHeadTable {
  id: Generated<number>
  /** The last row. */
  seq: number
  hash: string
  /** The last row that the retention has deleted. 0: none. */
  base_seq: number
  base_hash: string
  /** The seal of the other fields. Null: LATCHKEY_SECRET is not set. */
  mac: string | null
}

/** How many rows of the audit trail are of one action and one day. Triggers of `audit` count them. */
interface AuditDayTable {
  /** Empty: all actions. */
  action: string
  /** Days since 1970. */
  day: number
  rows: number
}

/** What commands have done, until a server has written the line to its log. */
interface CommandLogTable {
  /** A UUID of version 7, in the order of time. */
  id: string
  at: number
  /** JSON. */
  line: string
}

/** The authenticator app of a user (RFC 6238). */
interface TotpTable {
  user_id: string
  /** The secret in force, sealed if LATCHKEY_SECRET is set. Null: there is none yet. */
  secret: string | null
  /** The step of the last code that was used. No code of this step or of an earlier step counts. */
  last_step: Generated<number>
  /** A new secret, which comes into force when a code of it was entered until `pending_until`. */
  pending: string | null
  pending_until: Generated<number>
}

/** A recovery code that has not been used. */
interface RecoveryCodeTable {
  user_id: string
  /** SHA-256, as base64url. */
  code_hash: string
}

/** A login whose password was right and whose second factor is missing. */
interface LoginTicketTable {
  /** SHA-256, as base64url. */
  ticket_hash: string
  user_id: string
  /** A hash of the account's password hash and generation. If they change, the ticket is void. */
  state: string
  tries: Generated<number>
  expires_at: number
}

/** A WebAuthn credential (Web Authentication Level 3). */
interface PasskeyTable {
  /** The id in the API: a UUID. */
  id: string
  user_id: string
  /** The authenticator's id of the credential, as base64url. */
  credential_id: string
  /** COSE key, as base64url. */
  public_key: string
  /** The signature counter of the last use. An authenticator without a counter leaves it at 0. */
  counter: number
  /** JSON: how the browser reaches the authenticator. */
  transports: string
  name: string
  created_at: number
  last_used_at: number | null
}

/** A challenge that no answer has used yet. */
interface PasskeyChallengeTable {
  /** Random, as base64url. */
  challenge: string
  purpose: 'add' | 'log in'
  /** Only this user may answer. Null: any user. */
  user_id: string | null
  expires_at: number
}

/** A message that waits to be sent. It has no secret: the link is made when the message is sent. */
interface MailMessageTable {
  /** A UUID of version 7. */
  id: string
  /** Name of the templates. */
  kind: string
  /** The address that the message is for. */
  recipient: string
  /** The account that the message is about. Null: the account is found by the address, or there is none. */
  user_id: string | null
  /** JSON: the values that the templates show. */
  about: string
  created_at: number
  /** When the message is sent. A process that sends moves this time ahead, so that no other process sends the message too. */
  due_at: number
  /** Number of times that a process has begun to send. */
  attempts: Generated<number>
}

/** A link that was sent by mail, or given to an administrator. Deleted when it is used. */
interface MailedLinkTable {
  /** SHA-256 of the secret, as base64url. */
  hash: string
  user_id: string
  purpose: string
  /** Fingerprint of the account when the link was made. If the account has another one, the link does not count. */
  state: string
  expires_at: number
}

export type Store = Kysely<Schema>
export type Trx = Transaction<Schema>
