import { type Changer, holdAccount } from '../credentials/change-factors.ts'
import { checkCode, type Proof } from '../credentials/code.ts'
import { factorsOf } from '../credentials/factor.ts'
import type { UsedCredential } from '../credentials/passkey.ts'
import { checkPasskey } from '../credentials/passkeys/use.ts'
import type { Ports } from '../ports.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import type { Trx } from '../store/schema.ts'
import type { Claims } from '../tokens/claims.ts'
import type { Client } from '../tokens/client.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { checkGuess } from './guess.ts'
import { checkPassword, type FoundAccount } from './login.ts'
import { tellRecoveryCode } from './notices.ts'
import { findForLogin } from './records.ts'

/** What a request carries so that its token alone is not enough. */
export interface Freshness {
  password?: string | undefined
  /** Of the authenticator app, or a recovery code. */
  code?: string | undefined
  /** The answer of a passkey, instead of a code. */
  credential?: UsedCredential | undefined
}

/** A caller who has proved again who they are. */
export interface FreshCaller extends Changer {
  account: FoundAccount
  /** Uses the factor up, inside the transaction of what it was given for. @throws Refusal credentials_mismatch */
  spend: (trx: Trx) => Promise<void>
}

/**
 * Checks that the owner of a token sends the request, as a login does and with the same limits: by the password, or once a second
 * factor is in force by the factor.
 * @throws Refusal not_a_user; input_invalid without a password, second_factor_required without a factor; credentials_mismatch
 *   for a wrong one; and as `logIn`
 */
export async function requireFresh(
  ports: Ports,
  claims: Claims,
  given: Freshness,
  client: Client,
): Promise<FreshCaller> {
  const found = await findCaller(ports, claims, client)
  if (found.factors !== '') return checkFactor(ports, found, given, client)
  const { password } = given
  if (password === undefined) throw new Refusal('input_invalid', { errors: { password: 'password is required' } })
  const account = await checkOwnPassword(ports, claims.sub, password, client)
  // A factor was added after the account was read.
  if (account.factors !== '') throw factorRequired(account)
  return freshCaller(account, client)
}

/**
 * As `requireFresh`, for what needs the password in every case. Once a second factor is in force, the factor is needed too.
 * @throws as `requireFresh`
 */
export async function requirePasswordAndFactor(
  ports: Ports,
  claims: Claims,
  given: Freshness & { password: string },
  client: Client,
): Promise<FreshCaller> {
  await findCaller(ports, claims, client)
  const account = await checkOwnPassword(ports, claims.sub, given.password, client)
  return account.factors === '' ? freshCaller(account, client) : checkFactor(ports, account, given, client)
}

type Found = Omit<NonNullable<Awaited<ReturnType<typeof findForLogin>>['user']>, 'disabled_at' | 'disabled_until'>

async function findCaller({ store }: Ports, { sub, client_id, gen }: Claims, client: Client): Promise<Found> {
  if (client_id === sub) throw new Refusal('not_a_user')
  const { user: found } = await findForLogin(store, { id: sub }, client.network, sub)
  if (found === undefined) throw new Refusal('token_revoked', { why: 'the account does not exist' })
  if (found.generation > gen) throw new Refusal('token_revoked', { why: 'the token was ended during the request' })
  return found
}

/**
 * Checks the first answer of a factor that is not in force yet. A wrong one counts as a failed login.
 * @param check returns the code of the refusal for a wrong answer
 * @throws Refusal not_a_user, token_revoked, what `check` returns; and those of too many failures
 */
export async function checkFirstAnswer<T extends object>(
  ports: Ports,
  claims: Claims,
  client: Client,
  check: (userId: string) => Promise<T | RefusalCode>,
): Promise<{ changer: Changer; found: T }> {
  const { id, generation, known } = await findCaller(ports, claims, client)
  const guess = { account: { id }, known: known !== null, client }
  const found = await checkGuess(ports, guess, () => check(id))
  const hold = async (trx: Trx) => {
    if (!(await holdAccount(trx, { id, generation }))) throw new Refusal('token_revoked')
  }
  return { changer: { id, generation, address: client.ip, hold }, found }
}

/** Checks the password as a login does. A right one counts as a login for the limits. */
async function checkOwnPassword(ports: Ports, id: string, password: string, client: Client): Promise<FoundAccount> {
  const account = await checkPassword(ports, { id }, password, client)
  await ports.throttle.succeed(id, client.network).catch(noteLimit(ports, client, id))
  return account
}

async function checkFactor(ports: Ports, found: Found, given: Freshness, client: Client): Promise<FreshCaller> {
  const { code, credential } = given
  if (code === undefined && credential === undefined) throw factorRequired(found)
  const { id, known } = found
  const check = async () =>
    (credential === undefined ? await checkCode(ports, id, code ?? '') : await checkPasskey(ports, id, credential)) ??
    'credentials_mismatch'
  const proof = await checkGuess(ports, { account: { id }, known: known !== null, client }, check)
  ports.log.info({ user: id, factor: proof.by, address: client.ip }, 'second factor given')
  return freshCaller({ ...found, renewed_hash: found.password_hash }, client, { ports, proof })
}

function factorRequired({ factors }: { factors: string }): Refusal {
  return new Refusal('second_factor_required', { more: { factors: factorsOf(factors) } })
}

function freshCaller(account: FoundAccount, client: Client, given?: { ports: Ports; proof: Proof }): FreshCaller {
  const { id, generation, password_hash, factors } = account
  const spend = async (trx: Trx) => {
    if (given === undefined) return
    const { ports, proof } = given
    if (!(await proof.spend(trx))) throw new Refusal('credentials_mismatch')
    if (proof.by === 'recovery code') await tellRecoveryCode(trx, ports, account, client)
  }
  const hold = async (trx: Trx) => {
    if (!(await holdAccount(trx, { id, generation, password_hash, factors }))) throw new Refusal('credentials_mismatch')
    await spend(trx)
  }
  return { id, generation, account, address: client.ip, hold, spend }
}
