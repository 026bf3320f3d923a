import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { type Changer, changeFactors } from './change-factors.ts'
import { confirmPendingTotp, deleteTotp, findTotp, putPendingTotp, replaceRecoveryCodes } from './records.ts'
import { hashRecoveryCode, newRecoveryCodes } from './recovery-code.ts'
import { findStep, newTotp, type TotpEnrolment } from './totp.ts'

/** How long a new secret waits for its first code. */
const pending_ms = 15 * 60_000

/** Makes a secret for an authenticator app. It is in force when a code of it is confirmed. @throws what `changer.hold` throws */
export async function startTotp(ports: Ports, changer: Changer, account: string): Promise<TotpEnrolment> {
  const { vault, store, clock, identity } = ports
  const enrolment = newTotp(new URL(identity.public_url).hostname, account)
  const sealed = await vault.seal(enrolment.secret, changer.id)
  await store.transaction().execute(async (trx) => {
    await changer.hold(trx)
    await putPendingTotp(trx, changer.id, sealed, clock() + pending_ms)
  })
  return enrolment
}

/** A secret that is not in force yet, and the step of a right code of it. */
interface Confirmation {
  pending: string
  step: number
}

/** Checks the first code of a new secret. @returns undefined if the code is wrong, or if no secret waits for a code */
export async function checkFirstCode(ports: Ports, userId: string, code: string): Promise<Confirmation | undefined> {
  const { store, vault, clock } = ports
  const row = await findTotp(store, userId)
  if (row === undefined || row.pending === null || row.pending_until <= clock()) return undefined
  const step = findStep(await vault.open(row.pending, userId), code, clock())
  return step === undefined ? undefined : { pending: row.pending, step }
}

/**
 * Puts a new secret in force, in place of the one before.
 * @returns new recovery codes. The old ones are void
 * @throws Refusal factor_mismatch if another request was first; as `changeFactors` otherwise
 */
export async function confirmTotp(ports: Ports, changer: Changer, confirmation: Confirmation): Promise<string[]> {
  const codes = newRecoveryCodes()
  const hashes = codes.map(hashRecoveryCode)
  await changeFactors(ports, changer, 'totp added', async (trx) => {
    if (!(await confirmPendingTotp(trx, changer.id, confirmation))) throw new Refusal('factor_mismatch')
    await replaceRecoveryCodes(trx, changer.id, hashes)
  })
  return codes
}

/** Removes the authenticator app. @throws Refusal factor_not_found; as `changeFactors` otherwise */
export function removeTotp(ports: Ports, changer: Changer): Promise<void> {
  return changeFactors(ports, changer, 'totp removed', async (trx) => {
    if (!(await deleteTotp(trx, changer.id))) throw new Refusal('factor_not_found')
  })
}

/**
 * Makes new recovery codes. The old ones are void.
 * @throws Refusal no_factor if the account has no factor that they could stand in for; as `changeFactors` otherwise
 */
export async function renewRecoveryCodes(ports: Ports, changer: Changer, factors: string): Promise<string[]> {
  if (factors === '') throw new Refusal('no_factor')
  const codes = newRecoveryCodes()
  const hashes = codes.map(hashRecoveryCode)
  await changeFactors(ports, changer, 'recovery codes made', (trx) => replaceRecoveryCodes(trx, changer.id, hashes))
  return codes
}
