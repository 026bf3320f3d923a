import { api } from '../../api.js'
import { askAndDo } from '../../ask-and-do.js'
import { field, html, nothing } from '../../parts.js'
import { words } from '../../words.js'
import { showSecret } from '../tokens.js'

/** @typedef {import('./users.js').User} User */
/** @typedef {import('../../read-tokens.js').Token} Token */

const { user: own, users } = words.admin

/**
 * What an administrator can do to an account.
 * @param {string} id @param {() => string} nameOf the account, for the questions @param {() => void} read reads the account again
 */
export function changesOf(id, nameOf, read) {
  const params = { path: { id } }
  const named = (/** @type {string} */ what) => own.question(what, nameOf())
  /** @param {Parameters<typeof askAndDo>[0]} question @param {Parameters<typeof askAndDo>[1]} call */
  async function change(question, call) {
    const answer = await askAndDo(question, call)
    if (answer?.link) await showSecret(users.link, users.linkText, answer.link)
    if (answer) read()
    return answer
  }

  /** @param {string} title @param {string} text @param {{ admin?: boolean, disabled?: boolean }} body @param {boolean} [danger] */
  const patch = (title, text, body, danger) => () =>
    change({ title: named(title), text, action: title, danger }, () =>
      api.PATCH('/api/v1/admin/users/{id}', { params, body }),
    )

  const disable = () =>
    change(
      {
        title: named(users.disable),
        text: own.disableText,
        action: users.disable,
        danger: true,
        fields: (errors) =>
          field({
            name: 'until',
            label: own.until,
            hint: own.untilHint,
            type: 'datetime-local',
            required: false,
            error: errors.disabled_until,
          }),
      },
      ({ until }) => {
        const body = until ? { disabled_until: new Date(until).toISOString() } : { disabled: true }
        return api.PATCH('/api/v1/admin/users/{id}', { params, body })
      },
    )
  const endAll = () =>
    change({ title: named(users.endSessions), text: own.endText, action: users.endSessions, danger: true }, () =>
      api.DELETE('/api/v1/admin/users/{id}/tokens', { params }),
    )
  const offerReset = () =>
    change({ title: named(own.reset), text: own.resetText, action: own.reset }, () =>
      api.POST('/api/v1/admin/users/{id}/password-reset', { params }),
    )
  const removeFactors = () =>
    change(
      { title: named(own.removeFactors), text: own.removeFactorsText, action: own.removeFactors, danger: true },
      () => api.DELETE('/api/v1/admin/users/{id}/factors', { params }),
    )
  const remove = async () => {
    const question = { title: named(own.delete), text: own.deleteText, action: own.delete, danger: true }
    const answer = await askAndDo(question, () => api.DELETE('/api/v1/admin/users/{id}', { params }))
    if (answer) location.hash = '#/users'
  }
  /** @param {Token} token */
  const endOne = ({ id: jti, description }) =>
    change(
      {
        title: words.sessions.endTitle(description),
        text: words.sessions.endOne(false),
        action: words.logOut,
        danger: true,
      },
      () => api.DELETE('/api/v1/admin/users/{id}/tokens/{jti}', { params: { path: { id, jti } } }),
    )

  /** @param {User} account */
  const actions = (account) => html`<p class="actions">
    ${account.disabled ? html`<button @click=${patch(own.enable, own.enableText, { disabled: false })}>${own.enable}</button>` : html`<button class="danger" @click=${disable}>${users.disable}</button>`}
    ${account.admin ? html`<button @click=${patch(own.demote, own.demoteText, { admin: false }, true)}>${own.demote}</button>` : html`<button @click=${patch(own.promote, own.promoteText, { admin: true })}>${own.promote}</button>`}
    <button @click=${endAll}>${users.endSessions}</button>
    <button @click=${offerReset}>${own.reset}</button>
    ${account.factors.length > 0 ? html`<button @click=${removeFactors}>${own.removeFactors}</button>` : nothing}
    <button class="danger" @click=${remove}>${own.delete}</button>
  </p>`

  return { actions, endOne }
}
