import type { NewCredential, UsedCredential } from './passkey.ts'
import type { RelyingParty } from './relying-party.ts'

// The library is loaded at the first use of a passkey, because its import takes as long as the rest of a start.
const load = () => import('@simplewebauthn/server')

/** How long a person may take, and how long a challenge counts. */
export const ceremony_ms = 5 * 60_000

export interface KnownCredential {
  credential_id: string
  /** JSON. */
  transports: string
}

const described = ({ credential_id, transports }: KnownCredential) => ({
  id: credential_id,
  transports: JSON.parse(transports) as string[],
})

/** The options of `navigator.credentials.create`: a discoverable passkey with user verification, and no attestation. */
export async function creationOptions(
  party: RelyingParty,
  user: { id: string; name: string },
  known: readonly KnownCredential[],
  challenge: string,
) {
  const { generateRegistrationOptions } = await load()
  return generateRegistrationOptions({
    rpName: party.id,
    rpID: party.id,
    userName: user.name,
    userID: new Uint8Array(Buffer.from(user.id)),
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    timeout: ceremony_ms,
    attestationType: 'none',
    excludeCredentials: known.map(described),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

/** The options of `navigator.credentials.get`. @param allowed empty: any passkey of this relying party */
export async function requestOptions(party: RelyingParty, allowed: readonly KnownCredential[], challenge: string) {
  const { generateAuthenticationOptions } = await load()
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: new Uint8Array(Buffer.from(challenge, 'base64url')),
    timeout: ceremony_ms,
    userVerification: 'required',
    ...(allowed.length > 0 && { allowCredentials: allowed.map(described) }),
  })
}

/** A passkey as an authenticator has made it. */
export interface MadeCredential extends KnownCredential {
  /** COSE key, as base64url. */
  public_key: string
  counter: number
}

/** Verifies a new passkey (Web Authentication Level 3, §7.1). @throws Error that says what is wrong */
export async function verifyCreation(
  party: RelyingParty,
  credential: NewCredential,
  challenge: string,
): Promise<MadeCredential> {
  const { verifyRegistrationResponse } = await load()
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: { ...credential, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  })
  if (!verified) throw new Error('the attestation does not verify')
  const { id, publicKey, counter } = registrationInfo.credential
  const transports = JSON.stringify(credential.response.transports ?? [])
  return { credential_id: id, public_key: Buffer.from(publicKey).toString('base64url'), counter, transports }
}

/**
 * Verifies the use of a passkey (Web Authentication Level 3, §7.2). A counter that has not grown is refused, unless the
 * authenticator has none.
 * @returns the new counter
 * @throws Error that says what is wrong
 */
export async function verifyUse(
  party: RelyingParty,
  credential: UsedCredential,
  known: MadeCredential,
  challenge: string,
): Promise<number> {
  const { verifyAuthenticationResponse } = await load()
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: { ...credential, clientExtensionResults: {} },
    expectedChallenge: challenge,
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
    credential: {
      id: known.credential_id,
      publicKey: new Uint8Array(Buffer.from(known.public_key, 'base64url')),
      counter: known.counter,
    },
  })
  if (!verified) throw new Error('the signature does not verify')
  return authenticationInfo.newCounter
}
