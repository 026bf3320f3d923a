/**
 * Passkeys, with the JSON of Web Authentication Level 3. The server's options go in, and what the server reads comes out.
 * @module
 */
import { words } from './words.js'

/** Whether the browser has passkeys. */
export const hasPasskeys =
  'PublicKeyCredential' in globalThis && 'parseRequestOptionsFromJSON' in globalThis.PublicKeyCredential

/**
 * Asks the authenticator for a passkey.
 * @param {any} options
 * @returns {Promise<any>}
 */
export function askPasskey(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  return navigator.credentials.get({ publicKey }).then(asJson, (error) => explain(error, publicKey.rpId))
}

/** Makes a passkey. @param {any} options @returns {Promise<any>} */
export function makePasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  return navigator.credentials.create({ publicKey }).then(asJson, (error) => explain(error, publicKey.rp.id))
}

/** @param {Credential | null} credential */
function asJson(credential) {
  return /** @type {PublicKeyCredential | null} */ (credential)?.toJSON()
}

/**
 * The texts of browsers are for developers.
 * @param {Error} cause @param {string | undefined} domain that the passkeys of this service are for
 * @returns {never}
 */
function explain(cause, domain) {
  // Web Authentication Level 3 §5.1.3: the page is at another domain, or at an IP address.
  const isElsewhere = cause.name === 'SecurityError' && domain !== undefined
  throw new Error(isElsewhere ? words.proof.elsewhere(domain) : words.proof.noPasskey, { cause })
}
