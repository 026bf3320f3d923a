import { api } from '../api.js'
import { errorsOf, field, focusError, html, nothing, valuesOf } from '../parts.js'
import { askPasskey, hasPasskeys } from '../passkeys.js'
import { resume, session } from '../session.js'
import { words, wordsFor } from '../words.js'

const expired = wordsFor('The login has expired. Please log in again.')

/**
 * The login: a password and, if the account has one, a second factor; or a passkey alone.
 * @type {import('../main.js').Open}
 */
export default function login({ update }) {
  /** @type {Record<string, string>} */
  let errors = {}
  let busy = false
  /** After the right password, if a second factor is in force. @type {{ ticket: string, factors: string[] } | undefined} */
  let second

  /** @param {() => Promise<{ error?: import('../parts.js').Refused | undefined }>} step */
  async function take(step) {
    busy = true
    update()
    const { error } = await step()
      .catch((/** @type {Error} */ { message }) => ({ error: { message } }))
      .finally(() => {
        busy = false
      })
    errors = error === undefined ? {} : errorsOf(error)
    // The ticket has expired, or was tried too often.
    if (error !== undefined && second !== undefined && 'ended' in error) second = undefined
    if (error === undefined && second === undefined) await resume()
    update()
    focusError()
  }

  /** @param {SubmitEvent} event */
  function submit(event) {
    const { name = '', password = '' } = valuesOf(event)
    return take(async () => {
      const { error } = await api.POST('/api/v1/auth/login', { body: { email: name, password } })
      if (error === undefined || !('ticket' in error) || error.ticket === undefined) return { error }
      second = { ticket: error.ticket, factors: error.factors ?? [] }
      return {}
    })
  }

  /** @param {SubmitEvent} event */
  function submitCode(event) {
    const { code = '' } = valuesOf(event)
    const body = { ticket: second?.ticket ?? '', code: code.trim() }
    // A recovery code is longer than the code of an app.
    const isApp = /^\d{6}$/.test(body.code)
    return take(async () => {
      const { error } = isApp
        ? await api.POST('/api/v1/auth/login/totp', { body })
        : await api.POST('/api/v1/auth/login/recovery-code', { body })
      return finish(error)
    })
  }

  const withPasskey = () =>
    take(async () => {
      const body = second === undefined ? {} : { ticket: second.ticket }
      const offered = await api.POST('/api/v1/auth/login/passkey/options', { body })
      if (offered.error) return finish(offered.error)
      const credential = await askPasskey(offered.data.options)
      const { error } = await api.POST('/api/v1/auth/login/passkey', { body: { ...body, credential } })
      return finish(error)
    })

  /** @param {import('../parts.js').Refused | undefined} error */
  function finish(error) {
    if (error === undefined) second = undefined
    else if (error.message === expired) return { error: { ...error, ended: true } }
    return { error }
  }

  const passkeyButton = () =>
    html`<p class="actions">
      <button type="button" class="wide" ?disabled=${busy} @click=${withPasskey}>${words.login.passkey}</button>
    </p>`

  const first = () => html`<form class="card" @submit=${submit}>
    <h1 tabindex="-1">${words.login.title}</h1>
    ${session.left ? html`<p class="notice" role="status">${words.left[session.left]}</p>` : nothing}
    ${isSecureContext ? nothing : html`<p class="error" role="alert">${words.login.insecure}</p>`}
    ${field({ name: 'name', label: words.login.name, autocomplete: 'username', error: errors.email, focus: true })}
    ${field({ name: 'password', label: words.login.password, type: 'password', autocomplete: 'current-password', error: errors.password })}
    ${errors[''] ? html`<p class="error" role="alert">${errors['']}</p>` : nothing}
    <button class="primary wide" ?disabled=${busy}>${words.login.action}</button>
    ${hasPasskeys ? passkeyButton() : nothing}
    <p class="links"><a href="#/forgot">${words.login.forgot}</a><a href="#/register">${words.login.register}</a></p>
  </form>`

  /** @param {string[]} factors */
  const step = (factors) => html`<form class="card" @submit=${submitCode}>
    <h1 tabindex="-1">${words.login.second}</h1>
    ${field({ name: 'code', label: words.proof.code, hint: words.proof.codeHint, autocomplete: 'one-time-code', error: errors.code ?? errors[''], focus: true })}
    <button class="primary wide" ?disabled=${busy}>${words.login.action}</button>
    ${factors.includes('passkey') && hasPasskeys ? passkeyButton() : nothing}
    <p class="links"><button type="button" class="quiet" @click=${back}>${words.login.back}</button></p>
  </form>`
  const back = () => {
    second = undefined
    errors = {}
    update()
  }

  return { title: words.login.title, render: () => (second === undefined ? first() : step(second.factors)) }
}
