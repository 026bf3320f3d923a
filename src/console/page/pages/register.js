import { api } from '../api.js'
import { errorsOf, field, focusError, html, nothing, valuesOf } from '../parts.js'
import { resume } from '../session.js'
import { words } from '../words.js'

/** @type {import('../main.js').Open} */
export default function register({ update }) {
  /** @type {Record<string, string>} */
  let errors = {}
  let busy = false
  /** A message is on its way, and the account counts when its link was used. */
  let waiting = false

  /** @param {SubmitEvent} event */
  async function submit(event) {
    const { email = '', username = '', password = '' } = valuesOf(event)
    busy = true
    update()
    const body = { email, password, ...(username && { username }) }
    const { error, response } = await api.POST('/api/v1/auth/register', { body }).finally(() => {
      busy = false
    })
    errors = error === undefined ? {} : errorsOf(error)
    waiting = response.status === 202
    if (error === undefined && !waiting) {
      await resume()
      location.hash = '#/'
    }
    update()
    focusError()
  }

  return {
    title: words.register.title,
    render: () =>
      waiting
        ? html`<section class="card" role="status">
            <h1 tabindex="-1">${words.register.waiting}</h1>
            <p>${words.register.waitingText}</p>
            <p class="links"><a href="#/login">${words.login.title}</a></p>
          </section>`
        : html`<form class="card" @submit=${submit}>
            <h1 tabindex="-1">${words.register.title}</h1>
            ${field({ name: 'email', label: words.account.address, type: 'email', autocomplete: 'email', error: errors.email, focus: true })}
            ${field({ name: 'username', label: words.register.username, autocomplete: 'username', required: false, error: errors.username })}
            ${field({ name: 'password', label: words.login.password, type: 'password', autocomplete: 'new-password', error: errors.password })}
            ${errors[''] ? html`<p class="error" role="alert">${errors['']}</p>` : nothing}
            <button class="primary wide" ?disabled=${busy}>${words.register.action}</button>
            <p class="links"><a href="#/login">${words.register.login}</a></p>
          </form>`,
  }
}
