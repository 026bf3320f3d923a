/**
 * What stands around every page.
 * @module
 */
import { api } from './api.js'
import { html, icon, nothing, say } from './parts.js'
import { leave, session } from './session.js'
import { words } from './words.js'

/** @typedef {import('./parts.js').Icon} Icon */

/** The pages of the menu. @type {[name: string, icon: Icon, label: () => string][]} */
const own = [
  ['sessions', 'desktop', () => words.sessions.short],
  ['tokens', 'terminal', () => words.tokens.short],
  ['security', 'shield', () => words.security.title],
  ['account', 'user', () => words.account.title],
]
/** @type {[name: string, icon: Icon, label: () => string][]} */
const administration = [
  ['users', 'users', () => words.admin.users.title],
  ['audit', 'list', () => words.admin.audit.title],
  ['fleet', 'server', () => words.admin.fleet.title],
  ['keys', 'key', () => words.admin.keys.title],
  ['health', 'pulse', () => words.admin.health.title],
]

/** A page that a list leads to. @type {Record<string, string>} */
const listOf = { user: 'users' }

const brand = html`<span class="brand">${icon('key')} Latchkey</span>`

/** Where messages appear for everybody who looks or listens. */
const said = html`<div id="said" role="status" aria-live="polite"></div>`

/** The frame of a page without a login. @param {unknown} body */
export function plainFrame(body) {
  return html`<div class="plain">
    <header>${brand}</header>
    <main>${body}</main>
    <footer>${themeButton()}</footer>
    ${said}
  </div>`
}

/** The frame of a page with a login. @param {string} name of the page @param {unknown} body */
export function frame(name, body) {
  const { user, lost } = session
  const link = (/** @type {typeof own[number]} */ [to, sign, label]) => {
    const current = to === name ? 'page' : to === listOf[name] ? 'true' : nothing
    return html`<li><a href="#/${to}" aria-current=${current}>${icon(sign)} ${label()}</a></li>`
  }
  return html`<a class="skip" href="#content" @click=${skip}>${words.skip}</a>
    <div class="frame">
      <nav aria-label=${words.menu}>
        <header>${brand}</header>
        <ul>${own.filter(([to]) => !session.limited || to === 'security').map(link)}</ul>
        ${user?.admin ? html`<h2>${words.administration}</h2><ul>${administration.map(link)}</ul>` : nothing}
        <div class="foot">
          <p class="who" title=${user?.email ?? ''}>${user?.username ?? user?.email}</p>
          <button class="quiet" @click=${logOut}>${icon('out')} ${words.logOut}</button>
          ${themeButton()}
        </div>
      </nav>
      <main id="content" tabindex="-1">
        ${lost ? html`<p class="lost" role="alert">${words.lost}</p>` : nothing} ${body}
      </main>
    </div>
    ${said}`
}

/** The address behind `#` names a page, so a link inside the page must not change it. @param {Event} event */
function skip(event) {
  event.preventDefault()
  document.getElementById('content')?.focus()
}

async function logOut() {
  const { error, response } = await api.POST('/api/v1/auth/logout')
  if (error === undefined) leave('out')
  else if (response.status !== 401) say(error.message, 'wrong')
}

const themes = ['auto', 'light', 'dark']
/** A choice of colours is no secret, and stays in this browser. */
const key = 'latchkey-theme'
applyTheme(localStorage.getItem(key) ?? 'auto')

/** @param {string} theme */
function applyTheme(theme) {
  document.documentElement.dataset.theme = theme
}

function themeButton() {
  const now = document.documentElement.dataset.theme ?? 'auto'
  const next = () => {
    const theme = /** @type {string} */ (themes[(themes.indexOf(now) + 1) % themes.length])
    localStorage.setItem(key, theme)
    applyTheme(theme)
    dispatchEvent(new Event('hashchange'))
  }
  return html`<button class="quiet" @click=${next}>${icon('sun')} ${words.theme(now)}</button>`
}
