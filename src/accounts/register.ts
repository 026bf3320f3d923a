import { randomUUID } from 'node:crypto'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Client } from '../tokens/client.ts'
import { type Issued, issueToken } from '../tokens/issue.ts'
import { normalizeEmail } from './names.ts'
import { networkOf } from './network.ts'
import { findUser, insertUser, upsertKnownAddress } from './records.ts'

/** Input that has been validated. */
export interface Registration {
  email: string
  username?: string | undefined
  password: string
}

/**
 * Makes an account and its first token.
 * @throws Refusal email_taken, username_taken, hashing_busy
 */
export async function register(ports: Ports, input: Registration, client: Client): Promise<Issued> {
  const user = await prepareUser(ports, input, false)
  const issued = await issueToken(ports, { id: user.id, admin: false }, client, async (trx, now) => {
    await insertOrRefuse(trx, user, now)
    await upsertKnownAddress(trx, user.id, networkOf(client.ip), now)
    return true
  })
  ports.log.info({ user: user.id }, 'registered')
  return issued as Issued
}

/**
 * Makes an account without a token, for the operator.
 * @throws Refusal email_taken, username_taken
 */
export async function addUser(ports: Ports, input: Registration, admin: boolean): Promise<string> {
  const user = await prepareUser(ports, input, admin)
  await ports.store.transaction().execute((trx) => insertOrRefuse(trx, user, ports.clock()))
  return user.id
}

type NewUser = Parameters<typeof insertUser>[1]

async function prepareUser({ store, hasher }: Ports, input: Registration, admin: boolean): Promise<NewUser> {
  const email = normalizeEmail(input.email)
  // Saves a hash; who is first is decided by the insert.
  if (await findUser(store, { email })) throw new Refusal('email_taken', { subject: email })
  const password_hash = await hasher.hash(input.password)
  return { id: randomUUID(), email, username: input.username ?? null, password_hash, admin: admin ? 1 : 0 }
}

async function insertOrRefuse(trx: Trx, user: NewUser, now: number): Promise<void> {
  const outcome = await insertUser(trx, user, now)
  if (outcome === 'email_taken') throw new Refusal(outcome, { subject: user.email })
  if (outcome === 'username_taken') throw new Refusal(outcome, { subject: user.username as string })
}
