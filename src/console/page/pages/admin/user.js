import { api } from '../../api.js'
import { exactly } from '../../format.js'
import { html, icon, iconOf, nothing, skeleton, time } from '../../parts.js'
import { words } from '../../words.js'
import { auditTable } from './audit-table.js'
import { changesOf } from './changes-of-user.js'
import { badges } from './users.js'

/** @typedef {import('./users.js').User} User */
/** @typedef {import('../../read-tokens.js').Token} Token */

const { user: own, users } = words.admin

/**
 * One account: what it is, where it is logged in, and what has happened.
 * @type {import('../../main.js').Open}
 */
export default function user({ path: [id = ''], update }) {
  const params = { path: { id } }
  /** @type {User | undefined} */
  let found
  /** @type {Token[]} */
  let tokens = []
  /** @type {import('./audit-table.js').AuditRow[]} */
  let rows = []
  let missing = false

  async function read() {
    const [account, list, audit] = await Promise.all([
      api.GET('/api/v1/admin/users/{id}', { params }),
      api.GET('/api/v1/admin/users/{id}/tokens', { params }),
      api.GET('/api/v1/admin/audit', { params: { query: { subject: id, per_page: 25 } } }),
    ])
    missing = account.response.status === 404
    found = account.data ?? found
    tokens = list.data?.tokens ?? tokens
    rows = audit.data?.items ?? rows
    update()
  }
  void read()

  const changes = changesOf(
    id,
    () => found?.email ?? '',
    () => void read(),
  )

  return {
    title: own.title,
    changed: () => void read(),
    render: () => html`<p><a href="#/users">${users.title}</a></p>
      <h1 tabindex="-1">${found?.email ?? own.title}</h1>
      ${
        missing
          ? html`<p class="notice">${own.missing}</p>`
          : found === undefined
            ? skeleton(4)
            : html`${profile(found)} ${changes.actions(found)}
      <h2>${words.sessions.short}</h2>
      <ul class="rows" data-sessions>${tokens.map((token) => session(token, changes.endOne))}</ul>
      ${tokens.length === 0 ? html`<p class="hint">${own.noSessions}</p>` : nothing}
      <h2>${words.admin.audit.title}</h2>
      ${auditTable(rows)}
      <p><a href="#/audit?subject=${found.public_id}">${own.allRows}</a></p>`
      }`,
  }
}

/** @param {User} account */
function profile(account) {
  return html`<p>${badges(account)}</p>
    <p class="detail">
      ${account.username ?? nothing} <code>${account.public_id}</code> · ${users.created} ${time(account.created_at)} ·
      ${users.lastLogin} ${time(account.last_login_at)}
      ${account.disabled_until ? html`· ${own.disabledUntil(exactly(account.disabled_until))}` : nothing}
    </p>`
}

/** @param {Token} token @param {(token: Token) => void} end */
function session(token, end) {
  return html`<li class="row">
    ${token.kind === 'login' ? iconOf(token.description) : icon('terminal')}
    <div class="main">
      <p><strong>${token.description}</strong> ${token.kind === 'login' ? nothing : html`<span class="badge quiet">${words.tokens.short}</span>`}</p>
      <p class="detail"><span dir="ltr">${token.ip}</span> · ${words.sessions.loggedIn} ${time(token.created_at)} · ${words.sessions.lastUsed} ${time(token.last_used_at)}</p>
    </div>
    <button @click=${() => end(token)}>${words.logOut}<span class="for-listeners"> ${token.description}</span></button>
  </li>`
}
