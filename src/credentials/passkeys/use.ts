import type { Ports } from '../../ports.ts'
import type { Proof } from '../code.ts'
import { challengeOf, isCredentialId, type UsedCredential } from '../passkey.ts'
import { newSecret } from '../secret.ts'
import { ceremony_ms, requestOptions, verifyUse } from '../webauthn.ts'
import { requireParty } from './party.ts'
import {
  findPasskey,
  findPasskeyOwner,
  insertChallenge,
  selectPasskeys,
  spendChallenge,
  spendCounter,
} from './records.ts'

/** Who owns a passkey, with the account as a login needs it. */
export type PasskeyOwner = NonNullable<Awaited<ReturnType<typeof findPasskeyOwner>>>

/**
 * Makes the options for the use of a passkey, with a challenge.
 * @param userId only this user may answer. Undefined: any user
 * @throws Refusal passkeys_unavailable
 */
export async function offerUse(ports: Ports, userId: string | undefined) {
  const party = requireParty(ports)
  const allowed = userId === undefined ? [] : await selectPasskeys(ports.store, userId)
  const challenge = newSecret()
  const options = await requestOptions(party, allowed, challenge)
  const expires_at = ports.clock() + ceremony_ms
  await insertChallenge(ports.store, { challenge, purpose: 'log in', user_id: userId ?? null, expires_at })
  return options
}

/** @returns undefined if there is no such passkey, or if the account is disabled */
export async function findOwner(
  { store, clock }: Ports,
  { id }: UsedCredential,
  network: string,
): Promise<PasskeyOwner | undefined> {
  return isCredentialId(id) ? findPasskeyOwner(store, id, network, clock()) : undefined
}

/**
 * Checks the use of a passkey by a user, and uses its challenge up.
 * @returns undefined if it is wrong, or another user's
 * @throws Refusal passkeys_unavailable
 */
export async function checkPasskey(
  ports: Ports,
  userId: string,
  credential: UsedCredential,
): Promise<Proof | undefined> {
  const { store, clock, log } = ports
  const party = requireParty(ports)
  const challenge = challengeOf(credential.response.clientDataJSON)
  if (challenge === undefined || !isCredentialId(credential.id)) return undefined
  const known = await findPasskey(store, credential.id)
  const { userHandle } = credential.response
  if (known?.user_id !== userId) return undefined
  if (userHandle !== undefined && Buffer.from(userHandle, 'base64url').toString() !== userId) return undefined
  if (!(await spendChallenge(store, { challenge, purpose: 'log in', user_id: userId }, clock()))) return undefined
  const counter = await verifyUse(party, credential, known, challenge).catch(({ message }: Error) => {
    log.info({ user: userId, passkey: known.id, why: message }, 'a passkey was refused')
    return undefined
  })
  if (counter === undefined) return undefined
  return { by: 'passkey', spend: (trx) => spendCounter(trx, known, { counter, last_used_at: clock() }) }
}
