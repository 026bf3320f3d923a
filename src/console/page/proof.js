/**
 * Asks a person to prove again who they are, for a change that a stolen session must not make.
 * @module
 */
import { api } from './api.js'
import { ask, field, html, nothing } from './parts.js'
import { askPasskey, hasPasskeys } from './passkeys.js'
import { session } from './session.js'
import { words, wordsFor } from './words.js'

const mismatch = wordsFor('email or password does not match')

/** @typedef {{ password: string } | { code: string } | { credential: any }} Proof */

/**
 * @param {object} question as for `ask`
 * @param {string} question.title
 * @param {unknown} question.text
 * @param {string} question.action
 * @param {boolean} [question.danger]
 * @param {(errors: Record<string, string>) => unknown} [question.fields] further fields
 * @param {(proof: Proof, values: Record<string, string>) => Promise<Record<string, string> | undefined>} question.act
 * @returns {Promise<boolean>} whether it was done
 */
export function askFresh({ fields, act, ...question }) {
  return ask({
    ...question,
    fields: (errors) => html`${fields?.(errors) ?? nothing}${proofFields(errors)}`,
    async act(values) {
      const errors = await act(await proofOf(values), values)
      if (errors === undefined || !isMismatch(errors)) return errors
      return hasFactor() ? { code: words.proof.wrongCode } : { password: words.proof.wrongPassword }
    },
  })
}

/** Whether the proof was wrong. The server's sentence is that of a login. @param {Record<string, string>} errors */
export function isMismatch(errors) {
  return errors[''] === mismatch
}

export function hasFactor() {
  return (session.user?.factors.length ?? 0) > 0
}

function isPasskey() {
  return hasPasskeys && (session.user?.factors.includes('passkey') ?? false)
}

/** The field of the proof. @param {Record<string, string>} errors */
export function proofFields(errors) {
  if (!hasFactor()) {
    return field({
      name: 'password',
      label: words.proof.password,
      type: 'password',
      autocomplete: 'current-password',
      error: errors.password,
    })
  }
  return field({
    name: 'code',
    label: words.proof.code,
    hint: isPasskey() ? words.proof.codeOrPasskey : words.proof.codeHint,
    autocomplete: 'one-time-code',
    required: !isPasskey(),
    error: errors.code,
  })
}

/** @param {Record<string, string>} values of a form with the field of the proof @returns {Promise<Proof>} */
export async function proofOf({ password = '', code = '' }) {
  if (!hasFactor()) return { password }
  if (code !== '') return { code }
  const { data, error } = await api.POST('/api/v1/auth/login/passkey/options', { body: {} })
  if (error) throw new Error(error.message)
  return { credential: await askPasskey(data.options) }
}
