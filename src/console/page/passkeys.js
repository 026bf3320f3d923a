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
  return navigator.credentials.get({ publicKey }).then(asJson, explain)
}

/** Makes a passkey. @param {any} options @returns {Promise<any>} */
export function makePasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  return navigator.credentials.create({ publicKey }).then(asJson, explain)
}

/** @param {Credential | null} credential */
function asJson(credential) {
  return /** @type {PublicKeyCredential | null} */ (credential)?.toJSON()
}

/** The texts of browsers are for developers. @param {Error} cause @returns {never} */
function explain(cause) {
  throw new Error(words.proof.noPasskey, { cause })
}
