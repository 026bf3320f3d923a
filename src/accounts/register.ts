import { randomUUID } from 'node:crypto'
import { appendFact } from '../audit/append.ts'
import { refuseWeakPassword } from '../credentials/blocklist.ts'
import { queueMail } from '../mail/queue.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, KeyRetired, prepareToken, writeToken } from '../tokens/issue.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { rightsOf } from './issue-login.ts'
import { normalizeEmail } from './names.ts'
import { findUser, insertUser, upsertKnownAddress } from './records.ts'

/** Input that has been validated. */
export interface Registration {
  email: string
  username?: string | undefined
  password: string
}

/** An attempt fails only if the signing key is retired at the same moment. */
const maxAttempts = 5

/**
 * Creates an account and issues its first token, in one transaction. Sends a link that verifies the address if
 * EMAIL_VERIFICATION says so.
 * @returns undefined if the address has to be verified before the first login, and for an address that is taken then
 * @throws Refusal email_taken, username_taken, input_invalid if the password is weak, too_many_from_address, too_many_messages,
 *   mail_busy, hashing_busy, logins_unavailable
 */
export async function register(ports: Ports, input: Registration, client: Client): Promise<Issued | undefined> {
  const { EMAIL_VERIFICATION: verification } = ports.settings
  await refuseWeakPassword(
    ports.settings,
    { password: input.password },
    { ...input, email: normalizeEmail(input.email) },
  )
  if (verification === 'required') return registerUnverified(ports, input, client)
  const user = await prepareUser(ports, input, client)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const rights = rightsOf(ports, { admin: 0, factors: '' })
    const token = await prepareToken(ports, { ...rights, id: user.id, generation: 0 }, client)
    try {
      await ports.store.transaction().execute(async (trx) => {
        await insertOrRefuse(trx, user, token.now)
        await upsertKnownAddress(trx, user.id, client.network, token.now)
        await writeToken(trx, token)
        const fact = { action: 'account.registered', actor: user.id, subject: user.id } as const
        await appendFact(trx, ports, { ...fact, details: { token: token.row.jti } })
        if (verification === 'on') await queueVerification(trx, ports, user)
      })
      ports.log.info({ user: user.id, token: token.row.jti, address: client.ip }, 'registered')
      return token
    } catch (error) {
      if (!(error instanceof KeyRetired)) throw error
      await ports.keys.reload()
    }
  }
  throw new Refusal('logins_unavailable', { why: 'the signing key was retired during every attempt' })
}

/** Creates an account that cannot log in yet. An address that is taken gets the same answer after the same work. */
async function registerUnverified(ports: Ports, input: Registration, client: Client): Promise<undefined> {
  const { store, throttle, clock } = ports
  const { username } = input
  const email = normalizeEmail(input.email)
  await throttle.register(client.network).catch(noteLimit(ports, client))
  await throttle.mail({ kind: 'verify-address', recipient: email }, client.network).catch(noteLimit(ports, client))
  // Before the address, so that a username which is taken says nothing about the address.
  if (username !== undefined && (await findUser(store, { username }))) {
    throw new Refusal('username_taken', { subject: username })
  }
  const user = await newUser(ports, input, client)
  const outcome = await store.transaction().execute(async (trx) => {
    const now = clock()
    const outcome = await insertUser(trx, user, now)
    if (outcome === 'username_taken') throw new Refusal(outcome, { subject: username as string })
    const isNew = outcome === 'inserted'
    if (isNew) {
      await upsertKnownAddress(trx, user.id, client.network, now)
      await appendFact(trx, ports, { action: 'account.registered', actor: user.id, subject: user.id })
    }
    const queued = isNew
      ? await queueVerification(trx, ports, user)
      : await queueMail(trx, ports, { kind: 'address-in-use', recipient: email })
    if (!queued) throw new Refusal('mail_busy')
    return outcome
  })
  const fields = outcome === 'inserted' ? { user: user.id } : { why: 'the address is taken' }
  ports.log.info({ ...fields, address: client.ip }, outcome === 'inserted' ? 'registered' : 'registration refused')
}

function queueVerification(trx: Trx, ports: Ports, { id, email }: NewUser): Promise<boolean> {
  return queueMail(trx, ports, { kind: 'verify-address', recipient: email, user_id: id })
}

/**
 * Creates an account without a token, for the operator.
 * @returns the user's id
 * @throws Refusal email_taken, username_taken, input_invalid if the password is weak, hashing_busy
 */
export async function addUser(ports: Ports, input: Registration, admin: boolean): Promise<string> {
  await refuseWeakPassword(
    ports.settings,
    { password: input.password },
    { ...input, email: normalizeEmail(input.email) },
  )
  // The operator vouches for the address.
  const more = { admin: admin ? 1 : 0, email_verified_at: ports.clock() } as const
  const user = { ...(await prepareUser(ports, input)), ...more }
  await ports.store.transaction().execute(async (trx) => {
    await insertOrRefuse(trx, user, ports.clock())
    await appendFact(trx, ports, { action: 'account.added', subject: user.id, details: { admin } })
  })
  return user.id
}

/**
 * Creates an account whose address is not verified, with what has to happen in the same transaction.
 * @throws Refusal email_taken, username_taken, hashing_busy; and what `also` throws
 */
export async function insertInvited<T>(
  ports: Ports,
  input: Registration,
  admin: boolean,
  also: (trx: Trx, id: string) => Promise<T>,
): Promise<T> {
  const user = { ...(await prepareUser(ports, input)), admin: admin ? 1 : 0 } as const
  return ports.store.transaction().execute(async (trx) => {
    await insertOrRefuse(trx, user, ports.clock())
    return also(trx, user.id)
  })
}

type NewUser = Parameters<typeof insertUser>[1]

/** @param client undefined for the operator, who has no limit */
async function prepareUser(ports: Ports, input: Registration, client?: Client): Promise<NewUser> {
  const { store, throttle } = ports
  const email = normalizeEmail(input.email)
  // Saves a hash. The insert decides between concurrent registrations.
  if (await findUser(store, { email })) throw new Refusal('email_taken', { subject: email })
  if (client !== undefined) await throttle.register(client.network).catch(noteLimit(ports, client))
  return newUser(ports, input, client)
}

async function newUser({ hasher }: Ports, input: Registration, client?: Client): Promise<NewUser> {
  const password_hash = await hasher.hash(input.password, client?.network)
  const { email, username = null } = input
  return {
    id: randomUUID(),
    email: normalizeEmail(email),
    username,
    password_hash,
    admin: 0,
    email_verified_at: null,
  }
}

async function insertOrRefuse(trx: Trx, user: NewUser, now: number): Promise<void> {
  const outcome = await insertUser(trx, user, now)
  if (outcome === 'email_taken') throw new Refusal(outcome, { subject: user.email })
  if (outcome === 'username_taken') throw new Refusal(outcome, { subject: user.username as string })
}
