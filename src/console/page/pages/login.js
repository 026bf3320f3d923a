import { api } from '../api.js'
import { errorsOf, field, focusError, html, nothing, valuesOf } from '../parts.js'
import { resume, session } from '../session.js'
import { words } from '../words.js'

/** @type {import('../main.js').Open} */
export default function login({ update }) {
  /** @type {Record<string, string>} */
  let errors = {}
  let busy = false

  /** @param {SubmitEvent} event */
  async function submit(event) {
    const { name = '', password = '' } = valuesOf(event)
    busy = true
    update()
    const { error } = await api.POST('/api/v1/auth/login', { body: { email: name, password } }).finally(() => {
      busy = false
    })
    errors = error === undefined ? {} : errorsOf(error)
    update()
    if (error === undefined) await resume()
    else focusError()
    dispatchEvent(new Event('hashchange'))
  }

  return {
    title: words.login.title,
    render: () => html`<form class="card" @submit=${submit}>
      <h1 tabindex="-1">${words.login.title}</h1>
      ${session.left ? html`<p class="notice" role="status">${words.left[session.left]}</p>` : nothing}
      ${isSecureContext ? nothing : html`<p class="error" role="alert">${words.login.insecure}</p>`}
      ${field({ name: 'name', label: words.login.name, autocomplete: 'username webauthn', error: errors.email, focus: true })}
      ${field({ name: 'password', label: words.login.password, type: 'password', autocomplete: 'current-password', error: errors.password })}
      ${errors[''] ? html`<p class="error" role="alert">${errors['']}</p>` : nothing}
      <button class="primary wide" ?disabled=${busy}>${words.login.action}</button>
    </form>`,
  }
}
