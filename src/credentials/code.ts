import type { Ports } from '../ports.ts'
import type { Trx } from '../store/schema.ts'
import { findTotp, hasRecoveryCode, spendRecoveryCode, spendStep } from './records.ts'
import { hashRecoveryCode } from './recovery-code.ts'
import { findStep, isTotpCode } from './totp.ts'

/** A second factor that was checked, and not used up yet. */
export interface Proof {
  by: 'totp' | 'recovery code' | 'passkey'
  /** Uses the proof up, inside the transaction of what was proved. @returns false if another request has used it */
  spend: (trx: Trx) => Promise<boolean>
}

/** Checks a code of an authenticator app. @returns undefined if the code is wrong or was used */
export async function checkTotp(ports: Ports, userId: string, code: string): Promise<Proof | undefined> {
  const { store, vault, clock } = ports
  const row = await findTotp(store, userId)
  if (row === undefined || row.secret === null) return undefined
  const { secret } = row
  const step = findStep(await vault.open(secret, userId), code, clock())
  if (step === undefined || step <= row.last_step) return undefined
  return { by: 'totp', spend: (trx) => spendStep(trx, userId, { secret, step }) }
}

/** @returns undefined if the code is wrong or was used */
export async function checkRecoveryCode({ store }: Ports, userId: string, code: string): Promise<Proof | undefined> {
  const hash = hashRecoveryCode(code)
  if (!(await hasRecoveryCode(store, userId, hash))) return undefined
  return { by: 'recovery code', spend: (trx) => spendRecoveryCode(trx, userId, hash) }
}

/** Checks a code of either kind. They differ in length. @returns undefined if the code is wrong or was used */
export function checkCode(ports: Ports, userId: string, code: string): Promise<Proof | undefined> {
  return isTotpCode(code) ? checkTotp(ports, userId, code) : checkRecoveryCode(ports, userId, code)
}
