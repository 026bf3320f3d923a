import { api, root } from '../api.js'
import { errorsOf, html, nothing } from '../parts.js'
import { secretOfLink } from '../secret-of-link.js'
import { words } from '../words.js'

/**
 * Verifies an address by the link of a message. A button uses the link up, because programs that look into mail open links too.
 * @type {import('../main.js').Open}
 */
export default function verify({ update }) {
  const token = secretOfLink()
  /** @type {Record<string, string>} */
  let errors = {}
  let done = false

  async function use() {
    const { error } = await api.POST('/api/v1/auth/email/verify', { body: { token } })
    errors = error === undefined ? {} : errorsOf(error)
    done = error === undefined
    update()
  }

  return {
    title: words.verify.title,
    render: () => html`<section class="card">
      <h1 tabindex="-1">${done ? words.verify.done : words.verify.title}</h1>
      ${
        done
          ? html`<p role="status">${words.verify.doneText}</p>`
          : html`<p>${words.verify.text}</p>
              ${errors.token ? html`<p class="error" role="alert">${words.verify.dead}</p>` : nothing}
              ${errors[''] ? html`<p class="error" role="alert">${errors['']}</p>` : nothing}
              <button class="primary wide" @click=${use}>${words.verify.action}</button>`
      }
      <p class="links"><a href="${root}#/">${words.verify.next}</a></p>
    </section>`,
  }
}
