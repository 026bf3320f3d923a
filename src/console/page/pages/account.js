import { api } from '../api.js'
import { onDay } from '../format.js'
import { errorsOf, field, focusError, html, nothing, say, valuesOf } from '../parts.js'
import { askFresh, hasFactor, isMismatch, proofOf } from '../proof.js'
import { leave, resume, session } from '../session.js'
import { words } from '../words.js'

/**
 * The address, the password, and the end of the account.
 * @type {import('../main.js').Open}
 */
export default function account({ update }) {
  /** @type {Record<string, string>} */
  let errors = {}
  let busy = false

  /** @param {SubmitEvent} event */
  async function changePassword(event) {
    const form = /** @type {HTMLFormElement} */ (event.target)
    const values = valuesOf(event)
    busy = true
    update()
    errors = await savePassword(values).catch((/** @type {Error} */ { message }) => ({ '': message }))
    busy = false
    update()
    if (Object.keys(errors).length > 0) return focusError()
    form.reset()
    say(words.account.passwordDone)
    await resume()
  }

  return {
    title: words.account.title,
    changed: () => void resume(),
    render() {
      const { user } = session
      if (user === undefined) return nothing
      return html`<h1 tabindex="-1">${words.account.title}</h1>
        <p class="lead">${words.account.since(onDay(user.registered_on))}</p>
        <section class="card">
          <h2>${words.account.address}</h2>
          <p>
            <span dir="ltr">${user.email}</span>
            <span class=${user.email_verified ? 'badge' : 'badge quiet'}
              >${user.email_verified ? words.account.verified : words.account.unverified}</span
            >
          </p>
          ${user.pending_email ? html`<p class="notice">${words.account.pending(user.pending_email)}</p>` : nothing}
          <p class="actions">
            <button @click=${changeAddress}>${words.account.changeAddress}</button>
            ${user.email_verified ? nothing : html`<button @click=${sendLink}>${words.account.sendLink}</button>`}
          </p>
        </section>
        <form class="card" @submit=${changePassword}>
          <h2>${words.account.password}</h2>
          <p class="hint">${words.account.passwordHint}</p>
          <input type="text" name="username" autocomplete="username" .value=${user.email} hidden />
          ${field({ name: 'current', label: words.account.current, type: 'password', autocomplete: 'current-password', error: errors.current_password })}
          ${field({ name: 'next', label: words.account.next, type: 'password', autocomplete: 'new-password', error: errors.new_password })}
          ${
            user.factors.length > 0
              ? field({
                  name: 'code',
                  id: 'password-code',
                  label: words.proof.code,
                  hint: words.proof.codeHint,
                  autocomplete: 'one-time-code',
                  required: !user.factors.includes('passkey'),
                  error: errors.code,
                })
              : nothing
          }
          ${errors[''] ? html`<p class="error" role="alert">${errors['']}</p>` : nothing}
          <p class="actions"><button class="primary" ?disabled=${busy}>${words.account.savePassword}</button></p>
        </form>
        <section class="card">
          <h2>${words.account.delete}</h2>
          <p>${words.account.deleteText}</p>
          <p class="actions"><button class="danger" @click=${deleteAccount}>${words.account.delete}</button></p>
        </section>`
    },
  }
}

/** @param {Record<string, string>} values @returns {Promise<Record<string, string>>} errors by field */
async function savePassword({ current = '', next = '', code = '' }) {
  const proof = await proofOf({ password: current, code })
  const body = { current_password: current, new_password: next, ...proof }
  const { error } = await api.POST('/api/v1/auth/password', { body })
  if (error === undefined) return {}
  const errors = errorsOf(error)
  // With a second factor, the password or the code may be wrong.
  return isMismatch(errors) && !hasFactor() ? { current_password: words.proof.wrongPassword } : errors
}

async function changeAddress() {
  const done = await askFresh({
    title: words.account.changeAddress,
    text: words.account.changeText,
    action: words.account.changeAddress,
    fields: (errors) =>
      field({
        name: 'email',
        label: words.account.newAddress,
        type: 'email',
        autocomplete: 'email',
        error: errors.email,
      }),
    async act(proof, { email = '' }) {
      const { error } = await api.POST('/api/v1/auth/email', { body: { email, ...proof } })
      if (error) return errorsOf(error)
    },
  })
  if (!done) return
  say(words.account.linkSent)
  await resume()
}

async function sendLink() {
  const { error } = await api.POST('/api/v1/auth/email/verification')
  if (error) say(error.message, 'wrong')
  else say(words.account.linkSent)
}

async function deleteAccount() {
  const done = await askFresh({
    title: words.account.deleteTitle,
    text: words.account.deleteText,
    action: words.account.delete,
    danger: true,
    async act(proof) {
      const { error } = await api.DELETE('/api/v1/auth/user', { body: proof })
      if (error) return errorsOf(error)
    },
  })
  if (done) leave('deleted')
}
