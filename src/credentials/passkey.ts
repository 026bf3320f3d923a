import type { Formats } from '../format.ts'

/** What an authenticator answers when a passkey is made (`RegistrationResponseJSON`). */
export interface NewCredential {
  id: string
  rawId: string
  type: 'public-key'
  response: { clientDataJSON: string; attestationObject: string; transports?: string[] }
}

/** What an authenticator answers when a passkey is used (`AuthenticationResponseJSON`). */
export interface UsedCredential {
  id: string
  rawId: string
  type: 'public-key'
  response: { clientDataJSON: string; authenticatorData: string; signature: string; userHandle?: string }
}

const maxName_chars = 64

/** Control characters would confuse lists. */
export const passkeyFormats: Formats = {
  'passkey-name': {
    accepts: (name) => name.isWellFormed() && /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]{1,64}$/u.test(name) && name.trim() === name,
    sentence: (field) =>
      `${field} must be 1 to ${maxName_chars} characters, without control characters and without spaces at its ends`,
  },
}

/** Reads the challenge that an authenticator has signed. @returns undefined if there is none that Latchkey could have made */
export function challengeOf(clientDataJSON: string): string | undefined {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString())
    return typeof challenge === 'string' && /^[A-Za-z0-9_-]{43}$/.test(challenge) ? challenge : undefined
  } catch {
    return undefined
  }
}

/** Whether the text may be the id of a credential: at most 1023 bytes, as base64url (Web Authentication Level 3, §4). */
export function isCredentialId(id: string): boolean {
  return /^[A-Za-z0-9_-]{1,1364}$/.test(id)
}
