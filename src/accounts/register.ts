import { randomUUID } from 'node:crypto'
import { appendFact } from '../audit/append.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, KeyRetired, prepareToken, writeToken } from '../tokens/issue.ts'
import { noteLimit } from '../tokens/note-limit.ts'
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
 * Creates an account and issues its first token, in one transaction.
 * @throws Refusal email_taken, username_taken, too_many_from_address, hashing_busy, logins_unavailable
 */
export async function register(ports: Ports, input: Registration, client: Client): Promise<Issued> {
  const user = await prepareUser(ports, input, client)
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const token = await prepareToken(ports, { id: user.id, admin: false, generation: 0 }, client)
    try {
      await ports.store.transaction().execute(async (trx) => {
        await insertOrRefuse(trx, user, token.now)
        await upsertKnownAddress(trx, user.id, client.network, token.now)
        await writeToken(trx, token)
        const fact = { action: 'account.registered', actor: user.id, subject: user.id }
        await appendFact(trx, ports, { ...fact, details: { token: token.row.jti } })
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

/**
 * Creates an account without a token, for the operator.
 * @returns the user's id
 * @throws Refusal email_taken, username_taken, hashing_busy
 */
export async function addUser(ports: Ports, input: Registration, admin: boolean): Promise<string> {
  const user = { ...(await prepareUser(ports, input)), admin: admin ? 1 : 0 } as const
  await ports.store.transaction().execute(async (trx) => {
    await insertOrRefuse(trx, user, ports.clock())
    await appendFact(trx, ports, { action: 'account.added', subject: user.id, details: { admin } })
  })
  return user.id
}

type NewUser = Parameters<typeof insertUser>[1]

/** @param client undefined for the operator, who has no limit */
async function prepareUser(ports: Ports, input: Registration, client?: Client): Promise<NewUser> {
  const { store, hasher, throttle } = ports
  const email = normalizeEmail(input.email)
  // Saves a hash. The insert decides between concurrent registrations.
  if (await findUser(store, { email })) throw new Refusal('email_taken', { subject: email })
  if (client !== undefined) await throttle.register(client.network).catch(noteLimit(ports, client))
  const password_hash = await hasher.hash(input.password, client?.network)
  return { id: randomUUID(), email, username: input.username ?? null, password_hash, admin: 0 }
}

async function insertOrRefuse(trx: Trx, user: NewUser, now: number): Promise<void> {
  const outcome = await insertUser(trx, user, now)
  if (outcome === 'email_taken') throw new Refusal(outcome, { subject: user.email })
  if (outcome === 'username_taken') throw new Refusal(outcome, { subject: user.username as string })
}
