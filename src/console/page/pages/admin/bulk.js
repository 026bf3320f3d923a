import { api } from '../../api.js'
import { ask, html, render, say } from '../../parts.js'
import { words } from '../../words.js'

/** @typedef {import('./users.js').User} User */

const { users: own } = words.admin

/** @param {User[]} users @returns {Promise<boolean>} whether it was done */
export function endSessions(users) {
  return forEach(users, own.endSessions, (id) =>
    api.DELETE('/api/v1/admin/users/{id}/tokens', { params: { path: { id } } }),
  )
}

/** @param {User[]} users @returns {Promise<boolean>} whether it was done */
export function disable(users) {
  return forEach(users, own.disable, (id) =>
    api.PATCH('/api/v1/admin/users/{id}', { params: { path: { id } }, body: { disabled: true } }),
  )
}

/**
 * Does the same to each account, one after another, and says what failed.
 * @param {User[]} users @param {string} title
 * @param {(id: string) => Promise<{ error?: { message?: string | undefined } | undefined }>} act
 */
async function forEach(users, title, act) {
  /** @type {string[]} */
  const failed = []
  const done = await ask({
    title,
    text: html`<p>${own.bulkText(users.length)}</p>
      <ul class="names">${users.map(({ email }) => html`<li>${email}</li>`)}</ul>
      <p id="bulk" role="status"></p>`,
    action: title,
    danger: true,
    async act() {
      const place = document.getElementById('bulk')
      for (const [i, { email, public_id }] of users.entries()) {
        if (place !== null) render(words.pageOf(String(i + 1), String(users.length)), place)
        const { error } = await act(public_id)
        if (error) failed.push(`${email}: ${error.message}`)
      }
    },
  })
  if (failed.length > 0) say(own.bulkFailed(failed.join(', ')), 'wrong')
  else if (done) say(words.doneNow)
  return done
}
