import { api } from '../api.js'
import { errorsOf, field, focusError, html, nothing, valuesOf } from '../parts.js'
import { words } from '../words.js'

/** @type {import('../main.js').Open} */
export default function forgot({ update }) {
  /** @type {Record<string, string>} */
  let errors = {}
  let sent = false

  /** @param {SubmitEvent} event */
  async function submit(event) {
    const { email = '' } = valuesOf(event)
    const { error } = await api.POST('/api/v1/auth/password/forgot', { body: { email } })
    errors = error === undefined ? {} : errorsOf(error)
    sent = error === undefined
    update()
    focusError()
  }

  return {
    title: words.forgot.title,
    render: () => html`<form class="card" @submit=${submit}>
      <h1 tabindex="-1">${words.forgot.title}</h1>
      ${sent ? html`<p class="notice" role="status">${words.forgot.sent}</p>` : html`<p>${words.forgot.text}</p>`}
      ${field({ name: 'email', label: words.account.address, type: 'email', autocomplete: 'email', error: errors.email, focus: true })}
      ${errors[''] ? html`<p class="error" role="alert">${errors['']}</p>` : nothing}
      <button class="primary wide">${words.forgot.action}</button>
      <p class="links"><a href="#/login">${words.login.title}</a></p>
    </form>`,
  }
}
