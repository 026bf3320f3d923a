import { randomUUID } from 'node:crypto'
import type { Ports } from '../../ports.ts'
import { Refusal } from '../../refusal.ts'
import { type Changer, changeFactors } from '../change-factors.ts'
import { challengeOf, type NewCredential } from '../passkey.ts'
import { newSecret } from '../secret.ts'
import { ceremony_ms, creationOptions, type MadeCredential, verifyCreation } from '../webauthn.ts'
import { requireParty } from './party.ts'
import {
  deletePasskey,
  insertChallenge,
  insertPasskey,
  type PasskeyRow,
  selectPasskeys,
  spendChallenge,
} from './records.ts'

/** Bounds the options of a login, which name all passkeys of the account. */
const maxPasskeys = 20

/** A passkey as its owner sees it. */
export type ShownPasskey = Pick<PasskeyRow, 'id' | 'name' | 'created_at' | 'last_used_at'>

/**
 * Makes the options of a new passkey, with a challenge for this user.
 * @throws Refusal passkeys_unavailable, too_many_passkeys; and what `changer.hold` throws
 */
export async function offerPasskey(ports: Ports, changer: Changer, name: string) {
  const party = requireParty(ports)
  const known = await selectPasskeys(ports.store, changer.id)
  if (known.length >= maxPasskeys) throw new Refusal('too_many_passkeys')
  const challenge = newSecret()
  const options = await creationOptions(party, { id: changer.id, name }, known, challenge)
  await ports.store.transaction().execute(async (trx) => {
    await changer.hold(trx)
    const expires_at = ports.clock() + ceremony_ms
    await insertChallenge(trx, { challenge, purpose: 'add', user_id: changer.id, expires_at })
  })
  return options
}

/** Checks a new passkey, and uses its challenge up. @returns undefined if it is wrong */
export async function checkNewPasskey(
  ports: Ports,
  userId: string,
  credential: NewCredential,
): Promise<MadeCredential | undefined> {
  const { store, clock, log } = ports
  const party = requireParty(ports)
  const challenge = challengeOf(credential.response.clientDataJSON)
  if (challenge === undefined) return undefined
  if (!(await spendChallenge(store, { challenge, purpose: 'add', user_id: userId }, clock()))) return undefined
  return verifyCreation(party, credential, challenge).catch(({ message }: Error) => {
    log.debug({ user: userId, why: message }, 'a new passkey was refused')
    return undefined
  })
}

/** Puts a passkey in force. @throws Refusal passkey_taken; as `changeFactors` otherwise */
export async function addPasskey(
  ports: Ports,
  changer: Changer,
  made: MadeCredential,
  name: string,
): Promise<ShownPasskey> {
  const shown: ShownPasskey = { id: randomUUID(), name, created_at: ports.clock(), last_used_at: null }
  await changeFactors(ports, changer, 'passkey added', async (trx) => {
    if (!(await insertPasskey(trx, { ...shown, ...made, user_id: changer.id }))) throw new Refusal('passkey_taken')
  })
  return shown
}

export function listPasskeys({ store }: Ports, userId: string): Promise<ShownPasskey[]> {
  return selectPasskeys(store, userId)
}

/** @param id a UUID. @throws Refusal factor_not_found; as `changeFactors` otherwise */
export function removePasskey(ports: Ports, changer: Changer, id: string): Promise<void> {
  return changeFactors(ports, changer, 'passkey removed', async (trx) => {
    if (!(await deletePasskey(trx, changer.id, id))) throw new Refusal('factor_not_found')
  })
}
