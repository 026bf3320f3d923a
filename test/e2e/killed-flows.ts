import { randomUUID } from 'node:crypto'
import type { Updateable } from 'kysely'
import { createLink } from '../../src/accounts/links.ts'
import { findUser, insertUser } from '../../src/accounts/records.ts'
import type { LinkPurpose } from '../../src/credentials/link.ts'
import { hashRecoveryCode } from '../../src/credentials/recovery-code.ts'
import { hashSecret } from '../../src/credentials/secret.ts'
import type { Schema, Store } from '../../src/store/schema.ts'
import { identityOf } from '../../src/tokens/identity.ts'
import { codeAt } from '../contract/factors.ts'
import type { Mailbox } from '../contract/mailbox.ts'
import { createAuthenticator } from '../support/authenticator.ts'
import type { Answer, Call } from '../support/service.ts'

type Ask = (method: string, path: string, call?: Call) => Promise<Answer>

/** What every flow works with. */
export interface World {
  /** Sends a request, once, to the server that runs now. */
  call: Ask
  /** Asks until the server can answer. */
  ask: Ask
  store: Store
  mailbox: Mailbox
  /** Token of an administrator. */
  admin: string
  /** Of `password`. */
  password_hash: string
}

/** One attempt of a flow. */
export interface Attempt {
  send: () => Promise<Answer>
  /** The status of the answer. */
  status: number
  /** Sends the request after the kill. Default: `send`. */
  repeat?: () => Promise<Answer>
  /** The status of a repetition, if the request has had its effect. If not, it is `status`. */
  repeated: number
  /** Whether each part of the effect is there. */
  effect: Record<string, () => Promise<boolean>>
  /** Whether the secrets that were answered count. */
  counts?: (answer: Answer) => Promise<boolean>
}

export type Flow = (world: World, name: string) => Promise<Attempt>

export const password = 'correct horse battery'
const next = 'another horse battery'
/** The origin of passkeys, which no restart changes. */
export const PUBLIC_URL = 'http://localhost:5999'
const identity = identityOf({ PUBLIC_URL, ISSUER: '', AUDIENCE: [] }, PUBLIC_URL)

/** An account that may log in, and its parts that a flow changes. */
async function newAccount(world: World, name: string, change: Updateable<Schema['user']> = {}) {
  const { store, call, ask, password_hash } = world
  const [id, email] = [randomUUID(), `${name}@example.com`]
  const user = { id, email, username: null, password_hash, admin: 0, email_verified_at: Date.now() } as const
  await store.transaction().execute(async (trx) => {
    await insertUser(trx, user, Date.now())
  })
  const logIn = (given = password) => ask('POST', '/auth/login', { json: { email, password: given } })
  const token = (await logIn()).json.access_token as string
  if (Object.keys(change).length > 0) await store.updateTable('user').set(change).where('id', '=', id).execute()
  const row = () => findUser(store, { id })
  return {
    id,
    email,
    token,
    logIn,
    row,
    post: (path: string, json: object) => call('POST', path, { token, json }),
    prepare: (path: string, json: object) => ask('POST', path, { token, json }),
    opensWith: async (given: string) => (await logIn(given)).status === 200,
    isEnded: async () => (await ask('GET', '/auth/user', { token })).status === 401,
    tokens: () => store.selectFrom('token').selectAll().where('user_id', '=', id).execute(),
    links: () => store.selectFrom('mailed_link').selectAll().where('user_id', '=', id).execute(),
    codes: () => store.selectFrom('recovery_code').selectAll().where('user_id', '=', id).execute(),
    async linkFor(purpose: LinkPurpose): Promise<string> {
      const user = await row()
      if (user === undefined) throw new Error('the account does not exist')
      return (await store.transaction().execute((trx) => createLink(trx, { identity, clock: Date.now }, user, purpose)))
        .token
    },
  }
}

type Account = Awaited<ReturnType<typeof newAccount>>

/** Puts an authenticator app in force. @returns the recovery codes */
async function addTotp({ prepare }: Account): Promise<string[]> {
  const { secret } = (await prepare('/auth/totp', { password })).json
  return (await prepare('/auth/totp/confirm', { code: codeAt(secret, Date.now()) })).json.recovery_codes
}

/** Whether the audit trail tells this. */
async function isTold({ store }: World, action: string, subject: string | undefined, detail = ''): Promise<boolean> {
  if (subject === undefined) return false
  // In this order, because a row goes from the first table to the second.
  for (const table of ['audit_pending', 'audit'] as const) {
    const rows = await store
      .selectFrom(table)
      .select('details')
      .where('action', '=', action)
      .where('subject', '=', subject)
      .execute()
    if (rows.some(({ details }) => details.includes(detail))) return true
  }
  return false
}

/** Whether a message waits or was sent. */
async function isMailed({ store, mailbox }: World, kind: string, to: string): Promise<boolean> {
  // In this order, because a message leaves the queue when it is sent.
  const waiting = await store
    .selectFrom('mail_message')
    .select('id')
    .where('kind', '=', kind)
    .where('recipient', '=', to)
    .executeTakeFirst()
  return waiting !== undefined || mailbox.all().some((mail) => mail.kind === kind && mail.to === to)
}

const isAccepted =
  ({ ask }: World) =>
  async ({ json }: Answer) =>
    (await ask('GET', '/auth/user', { token: json.access_token })).status === 200

/** An account that does not exist before the request. */
function newcomer(world: World, name: string, [action, mail]: readonly [action: string, mail: string]) {
  const email = `${name}@example.com`
  const find = () => findUser(world.store, { email })
  const effect = {
    account: async () => (await find()) !== undefined,
    fact: async () => isTold(world, action, (await find())?.id),
    mail: () => isMailed(world, mail, email),
  }
  return { email, effect }
}

const register: Flow = async (world, name) => {
  const { email, effect } = newcomer(world, name, ['account.registered', 'verify-address'])
  const send = () => world.call('POST', '/auth/register', { json: { email, password } })
  return { send, status: 202, repeated: 202, effect }
}

const invite: Flow = async (world, name) => {
  const { email, effect } = newcomer(world, name, ['account.invited', 'invitation'])
  const send = () => world.call('POST', '/admin/users', { token: world.admin, json: { email } })
  return { send, status: 201, repeated: 409, effect }
}

const verifyAddress: Flow = async (world, name) => {
  const { id, row, links, linkFor } = await newAccount(world, name, { email_verified_at: null })
  const json = { token: await linkFor('verification') }
  return {
    send: () => world.call('POST', '/auth/email/verify', { json }),
    status: 200,
    repeated: 400,
    effect: {
      account: async () => (await row())?.email_verified_at != null,
      link: async () => (await links()).length === 0,
      fact: () => isTold(world, 'address.verified', id),
    },
  }
}

const askForAddress: Flow = async (world, name) => {
  const { post, row } = await newAccount(world, name)
  const email = `${name}@example.org`
  return {
    send: () => post('/auth/email', { email, password }),
    status: 202,
    repeated: 202,
    effect: {
      account: async () => (await row())?.pending_email === email,
      mail: () => isMailed(world, 'change-address', email),
    },
  }
}

const changeAddress: Flow = async (world, name) => {
  const pending_email = `${name}@example.org`
  const { id, email, row, links, linkFor } = await newAccount(world, name, { pending_email })
  const json = { token: await linkFor('change') }
  return {
    send: () => world.call('POST', '/auth/email/verify', { json }),
    status: 200,
    repeated: 400,
    effect: {
      account: async () => (await row())?.email === pending_email,
      link: async () => (await links()).length === 0,
      fact: () => isTold(world, 'address.changed', id),
      mail: () => isMailed(world, 'address-changed', email),
    },
  }
}

/** What a new password changes. */
function newPassword(world: World, { id, email, opensWith, isEnded }: Account, action: string): Attempt['effect'] {
  return {
    new: () => opensWith(next),
    old: async () => !(await opensWith(password)),
    tokens: isEnded,
    fact: () => isTold(world, action, id),
    mail: () => isMailed(world, 'password-changed', email),
  }
}

const changePassword: Flow = async (world, name) => {
  const account = await newAccount(world, name)
  return {
    send: () => account.post('/auth/password', { current_password: password, new_password: next }),
    status: 200,
    repeated: 401,
    effect: newPassword(world, account, 'password.changed'),
    counts: isAccepted(world),
  }
}

const resetPassword: Flow = async (world, name) => {
  const account = await newAccount(world, name)
  const json = { token: await account.linkFor('reset'), password: next }
  return {
    send: () => world.call('POST', '/auth/password/reset', { json }),
    status: 200,
    repeated: 400,
    effect: {
      ...newPassword(world, account, 'password.reset'),
      link: async () => (await account.links()).length === 0,
    },
  }
}

/** What a new factor changes. */
function newFactor(world: World, { id, email, row, opensWith }: Account, factor: string): Attempt['effect'] {
  return {
    account: async () => (await row())?.factors === factor,
    login: async () => !(await opensWith(password)),
    fact: () => isTold(world, 'factors.changed', id, `${factor} added`),
    mail: () => isMailed(world, 'factor-added', email),
  }
}

const confirmTotp: Flow = async (world, name) => {
  const account = await newAccount(world, name)
  const { secret } = (await account.prepare('/auth/totp', { password })).json
  return {
    send: () => account.post('/auth/totp/confirm', { code: codeAt(secret, Date.now()) }),
    status: 200,
    repeated: 401,
    effect: { ...newFactor(world, account, 'totp'), codes: async () => (await account.codes()).length === 10 },
    counts: async ({ json }) => {
      const stored = (await account.codes()).map(({ code_hash }) => code_hash)
      return json.recovery_codes.every((code: string) => stored.includes(hashRecoveryCode(code)))
    },
  }
}

const addPasskey: Flow = async (world, name) => {
  const account = await newAccount(world, name)
  const offer = () => account.prepare('/auth/passkeys/options', { password })
  const credentialOf = ({ json }: Answer) => createAuthenticator(PUBLIC_URL).create(json.options)
  const credential = credentialOf(await offer())
  return {
    send: () => account.post('/auth/passkeys', { name: 'Phone', credential }),
    // A challenge is used up by each answer to it, so a repetition begins with a new one.
    async repeat() {
      const offered = await offer()
      if (offered.status !== 200) return offered
      return account.post('/auth/passkeys', { name: 'Phone', credential: credentialOf(offered) })
    },
    status: 201,
    repeated: 401,
    effect: {
      ...newFactor(world, account, 'passkey'),
      passkey: async () =>
        (await world.store.selectFrom('passkey').select('id').where('user_id', '=', account.id).execute()).length > 0,
    },
  }
}

const useRecoveryCode: Flow = async (world, name) => {
  const account = await newAccount(world, name)
  const [code = ''] = await addTotp(account)
  const { ticket } = (await account.logIn()).json
  const ticketRow = () =>
    world.store.selectFrom('login_ticket').select('user_id').where('ticket_hash', '=', hashSecret(ticket)).execute()
  return {
    send: () => world.call('POST', '/auth/login/recovery-code', { json: { ticket, code } }),
    status: 200,
    repeated: 401,
    effect: {
      code: async () => (await account.codes()).length === 9,
      ticket: async () => (await ticketRow()).length === 0,
      token: async () => (await account.tokens()).length === 2,
      fact: () => isTold(world, 'login', account.id, 'recovery code'),
      mail: () => isMailed(world, 'recovery-code-used', account.email),
    },
    counts: isAccepted(world),
  }
}

const renew: Flow = async (world, name) => {
  const { id, post, isEnded, tokens } = await newAccount(world, name)
  return {
    send: () => post('/auth/renew', {}),
    status: 200,
    repeated: 401,
    effect: {
      old: isEnded,
      new: async () => (await tokens()).length === 2,
      fact: () => isTold(world, 'token.renewed', id),
    },
    counts: isAccepted(world),
  }
}

const nameToken: Flow = async (world, name) => {
  const { id, post, tokens } = await newAccount(world, name)
  return {
    send: () => post('/tokens', { description: 'a program', scope: 'account:read' }),
    status: 201,
    repeated: 201,
    effect: {
      token: async () => (await tokens()).some(({ kind }) => kind === 'named'),
      fact: () => isTold(world, 'token.created', id),
    },
    counts: isAccepted(world),
  }
}

const deleteAccount: Flow = async (world, name) => {
  const { id, token, row, isEnded, tokens, links, linkFor } = await newAccount(world, name)
  await linkFor('reset')
  return {
    send: () => world.call('DELETE', '/auth/user', { token, json: { password } }),
    status: 204,
    repeated: 401,
    effect: {
      account: async () => (await row()) === undefined,
      token: isEnded,
      tokens: async () => (await tokens()).length === 0,
      links: async () => (await links()).length === 0,
      fact: () => isTold(world, 'account.deleted', id),
    },
  }
}

const disable: Flow = async (world, name) => {
  const { id, row, isEnded, opensWith } = await newAccount(world, name)
  return {
    send: () => world.call('PATCH', `/admin/users/${id}`, { token: world.admin, json: { disabled: true } }),
    status: 200,
    repeated: 200,
    effect: {
      account: async () => (await row())?.disabled_at !== null,
      tokens: isEnded,
      login: async () => !(await opensWith(password)),
      fact: () => isTold(world, 'account.changed', id),
    },
  }
}

/** Everything that a person, or an administrator for a person, does in one request. */
export const flows: Record<string, Flow> = {
  register,
  invite,
  'verify-address': verifyAddress,
  'ask-for-address': askForAddress,
  'change-address': changeAddress,
  'change-password': changePassword,
  'reset-password': resetPassword,
  'confirm-totp': confirmTotp,
  'add-passkey': addPasskey,
  'use-recovery-code': useRecoveryCode,
  renew,
  'name-token': nameToken,
  'delete-account': deleteAccount,
  disable,
}
