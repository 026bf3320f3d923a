import { api, root } from '../api.js'
import { errorsOf, field, focusError, html, nothing, valuesOf } from '../parts.js'
import { secretOfLink } from '../secret-of-link.js'
import { words } from '../words.js'

/**
 * A new password, or the first one, by the link of a message.
 * @type {import('../main.js').Open}
 */
export default function reset({ update }) {
  const token = secretOfLink()
  /** @type {Record<string, string>} */
  let errors = {}
  let done = false
  let busy = false

  /** @param {SubmitEvent} event */
  async function submit(event) {
    const { password = '' } = valuesOf(event)
    busy = true
    update()
    const { error } = await api.POST('/api/v1/auth/password/reset', { body: { token, password } }).finally(() => {
      busy = false
    })
    errors = error === undefined ? {} : errorsOf(error)
    done = error === undefined
    update()
    focusError()
  }

  const next = html`<p class="links"><a href="${root}#/login">${words.login.title}</a></p>`
  return {
    title: words.reset.title,
    render: () =>
      done
        ? html`<section class="card" role="status">
            <h1 tabindex="-1">${words.reset.done}</h1>
            <p>${words.reset.doneText}</p>
            ${next}
          </section>`
        : html`<form class="card" @submit=${submit}>
            <h1 tabindex="-1">${words.reset.title}</h1>
            <p class="hint">${words.reset.text}</p>
            ${field({ name: 'password', label: words.account.next, type: 'password', autocomplete: 'new-password', error: errors.password, focus: true })}
            ${errors.token ? html`<p class="error" role="alert">${words.reset.dead}</p>` : nothing}
            ${errors[''] ? html`<p class="error" role="alert">${errors['']}</p>` : nothing}
            <button class="primary wide" ?disabled=${busy}>${words.account.savePassword}</button>
            ${errors.token ? html`<p class="links"><a href="${root}#/forgot">${words.forgot.action}</a></p>` : next}
          </form>`,
  }
}
