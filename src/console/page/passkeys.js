/**
 * Passkeys, with the JSON of Web Authentication Level 3. The server's options go in, and what the server reads comes out.
 * @module
 */

/** Whether the browser has passkeys. */
export const hasPasskeys =
  'PublicKeyCredential' in globalThis && 'parseRequestOptionsFromJSON' in globalThis.PublicKeyCredential

/**
 * Asks the authenticator for a passkey.
 * @param {any} options @param {CredentialRequestOptions} [more]
 * @returns {Promise<any>}
 */
export async function askPasskey(options, more) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  return asJson(await navigator.credentials.get({ publicKey, ...more }))
}

/** Makes a passkey. @param {any} options @returns {Promise<any>} */
export async function makePasskey(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  return asJson(await navigator.credentials.create({ publicKey }))
}

/** @param {Credential | null} credential */
function asJson(credential) {
  return /** @type {PublicKeyCredential | null} */ (credential)?.toJSON()
}
