import { api } from '../../api.js'
import { askAndDo } from '../../ask-and-do.js'
import { pager } from '../../pager.js'
import { empty, field, html, icon, nothing, skeleton, time } from '../../parts.js'
import { words } from '../../words.js'
import { showSecret } from '../tokens.js'
import { disable, endSessions } from './bulk.js'

/** @typedef {import('../../../../client/openapi.ts').paths['/api/v1/admin/users']['get']['responses'][200]['content']['application/json']} List */
/** @typedef {List['items'][number]} User */
/** @typedef {'created_at' | 'email' | 'last_login_at'} Column */

/** How long the search waits for the next letter. */
const pause_ms = 150
const { users: own } = words.admin

/**
 * The accounts.
 * @type {import('../../main.js').Open}
 */
export default function users({ query: given, update, keep }) {
  let query = given.get('query') ?? ''
  let sort = given.get('sort') ?? '-created_at'
  let page = Number(given.get('page')) || 1
  /** @type {List | undefined} */
  let list
  /** @type {Set<string>} */
  const chosen = new Set()
  let asked = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let typing

  async function read() {
    const mine = ++asked
    const search = /** @type {any} */ ({ query, sort, page, per_page: 50 })
    const { data } = await api.GET('/api/v1/admin/users', { params: { query: search } })
    // An answer to an earlier search may come later.
    if (mine !== asked || data === undefined) return
    list = data
    update()
  }
  void read()

  /** @param {{ query?: string, sort?: string, page?: number }} to */
  function show(to) {
    query = to.query ?? query
    sort = to.sort ?? sort
    page = to.page ?? 1
    keep({ query, sort: sort === '-created_at' ? '' : sort, page: page > 1 ? page : '' })
    return read()
  }

  /** @param {InputEvent} event */
  function type(event) {
    const { value } = /** @type {HTMLInputElement} */ (event.target)
    clearTimeout(typing)
    typing = setTimeout(() => void show({ query: value }), pause_ms)
  }

  /** @param {User} user */
  function choose({ public_id }) {
    if (!chosen.delete(public_id)) chosen.add(public_id)
    update()
  }

  const chosenUsers = () => (list?.items ?? []).filter(({ public_id }) => chosen.has(public_id))
  /** @param {boolean} done */
  const after = (done) => {
    if (!done) return
    chosen.clear()
    void read()
  }

  const tools = () => html`<div class="tools">
    <input type="search" aria-label=${own.search} placeholder=${own.search} .value=${query} @input=${type} />
    <button class="primary" @click=${() => addUser(read)}>${own.add}</button>
  </div>`
  const bulk = () =>
    chosen.size === 0
      ? nothing
      : html`<p class="actions">
          <span>${own.chosen(chosen.size)}</span>
          <button @click=${() => endSessions(chosenUsers()).then(after)}>${own.endSessions}</button>
          <button class="danger" @click=${() => disable(chosenUsers()).then(after)}>${own.disable}</button>
        </p>`

  return {
    title: own.title,
    changed: () => void read(),
    close: () => clearTimeout(typing),
    render: () => html`<h1 tabindex="-1">${own.title}</h1>
      ${tools()} ${bulk()}
      ${
        list === undefined
          ? skeleton(6)
          : html`<table>
                <thead><tr><th><span class="for-listeners">${own.choose}</span></th>${heads(sort, show)}<th>${own.state}</th></tr></thead>
                <tbody data-users>${list.items.map((user) => row(user, chosen.has(user.public_id), choose))}</tbody>
              </table>
              ${list.total_items === 0 ? empty(own.none, own.noneText) : nothing}
              ${pager(list, (to) => show({ page: to }))}`
      }`,
  }
}

/** @param {string} sort @param {(to: { sort: string }) => void} show */
function heads(sort, show) {
  /** @type {[Column, string][]} */
  const columns = [
    ['email', own.address],
    ['created_at', own.created],
    ['last_login_at', own.lastLogin],
  ]
  return columns.map(([column, label]) => {
    const direction = sort === column ? 'ascending' : sort === `-${column}` ? 'descending' : 'none'
    const next = direction === 'ascending' ? `-${column}` : column
    return html`<th aria-sort=${direction}>
      <button class="quiet" @click=${() => show({ sort: next })}>
        ${label}${direction === 'none' ? '' : direction === 'ascending' ? ' ↑' : ' ↓'}
      </button>
    </th>`
  })
}

/** @param {User} user @param {boolean} isChosen @param {(user: User) => void} choose */
function row(user, isChosen, choose) {
  return html`<tr>
    <td><input type="checkbox" aria-label=${own.chooseOne(user.email)} .checked=${isChosen} @change=${() => choose(user)} /></td>
    <td><a href="#/user/${user.public_id}">${user.email}</a> ${user.username ? html`<span class="detail">${user.username}</span>` : nothing}</td>
    <td data-label=${own.created}>${time(user.created_at)}</td>
    <td data-label=${own.lastLogin}>${time(user.last_login_at)}</td>
    <td>${badges(user)}</td>
  </tr>`
}

/** @param {User} user */
export function badges({ admin, disabled, factors, email_verified }) {
  return html`${admin ? html`<span class="badge">${icon('shield')} ${own.admin}</span>` : nothing}
  ${disabled ? html`<span class="badge danger">${own.disabled}</span>` : nothing}
  ${factors.length > 0 ? html`<span class="badge quiet">${own.factor}</span>` : nothing}
  ${email_verified ? html`<span class="badge quiet">${words.account.verified}</span>` : nothing}`
}

/** @param {() => void} read */
async function addUser(read) {
  const answer = await askAndDo(
    {
      title: own.add,
      text: own.addText,
      action: own.add,
      fields: (
        errors,
      ) => html`${field({ name: 'email', label: words.account.address, type: 'email', error: errors.email, focus: true })}
        ${field({ name: 'username', label: words.register.username, required: false, error: errors.username })}
        ${field({ name: 'password', label: own.password, hint: own.passwordHint, type: 'password', autocomplete: 'new-password', required: false, error: errors.password })}
        <label class="choice"><input type="checkbox" name="admin" /> ${own.admin}</label>`,
    },
    ({ email = '', username, password, admin }) => {
      const body = { email, admin: admin === 'on', ...(username && { username }), ...(password && { password }) }
      return api.POST('/api/v1/admin/users', { body })
    },
  )
  if (answer?.link) await showSecret(own.link, own.linkText, answer.link)
  if (answer) read()
}
