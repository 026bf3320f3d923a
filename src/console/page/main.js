/**
 * The console: finds the page for the address, and draws the page inside its frame. The address is behind `#`, so the console works
 * below every path, and no secret of a link reaches a server.
 * @module
 */
import './secret-of-link.js'
import { Unreachable } from './api.js'
import { frame, plainFrame } from './frame.js'
import { html, nothing, render, say } from './parts.js'
import { follow, resume, session, start } from './session.js'
import { language, words } from './words.js'

/**
 * What is on the screen.
 * @typedef {object} Page
 * @property {string} title
 * @property {() => unknown} render
 * @property {() => void} [changed] the server's lists may have changed
 * @property {() => void} [close]
 */
/**
 * What a page gets.
 * @typedef {object} Context
 * @property {string[]} path the parts of the address behind the page's name
 * @property {URLSearchParams} query
 * @property {() => void} update draws the page again
 * @property {(values: Record<string, string | number>) => void} keep keeps what a list shows in the address, without an entry in the
 *   history of the browser
 */
/** @typedef {(context: Context) => Page} Open */

/** @typedef {Record<string, () => Promise<{ default: Open }>>} Pages */

/** Pages without a login. @type {Pages} */
const open = {
  login: () => import('./pages/login.js'),
  register: () => import('./pages/register.js'),
  forgot: () => import('./pages/forgot.js'),
  reset: () => import('./pages/reset.js'),
  verify: () => import('./pages/verify.js'),
}
/** Pages of everybody who is logged in. @type {Pages} */
const own = {
  sessions: () => import('./pages/sessions.js'),
  tokens: () => import('./pages/tokens.js'),
  security: () => import('./pages/security.js'),
  account: () => import('./pages/account.js'),
}
/** Pages of administrators. @type {Pages} */
const administration = {
  users: () => import('./pages/admin/users.js'),
  user: () => import('./pages/admin/user.js'),
  audit: () => import('./pages/admin/audit.js'),
  fleet: () => import('./pages/admin/fleet.js'),
  keys: () => import('./pages/admin/keys.js'),
  health: () => import('./pages/admin/health.js'),
}

/** The pages that the links of messages lead to. @type {Record<string, string>} */
const linked = { 'reset-password': 'reset', 'verify-email': 'verify' }

const app = /** @type {HTMLElement} */ (document.getElementById('app'))
/** @type {Page | undefined} */
let page
/** The address that `page` was opened for. */
let shown = ''
/** The user that `page` was opened for. @type {string | undefined} */
let user
let trouble = false
/** The browser has left the page, and keeps it. */
let kept = false

/** The parts of the address. */
function address() {
  const link = linked[location.pathname.split('/').at(-1) ?? '']
  if (link !== undefined) return { name: link, path: [], query: new URLSearchParams() }
  const [path = '', query = ''] = location.hash.replace(/^#\/?/, '').split('?', 2)
  const [name = '', ...rest] = path.split('/').map(decode)
  return { name: name || 'sessions', path: rest, query: new URLSearchParams(query) }
}

/** A part of an address that somebody has written by hand may be wrong. @param {string} part */
function decode(part) {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Has a page of that name, and nothing that every object has. @param {Pages} pages @param {string} name */
function has(pages, name) {
  return Object.hasOwn(pages, name)
}

/** @param {string} name */
function isAllowed(name) {
  if (has(open, name)) return true
  return session.user !== undefined && (has(own, name) || (session.user.admin && has(administration, name)))
}

/** Who sees what. A page of a link stays when a session begins or ends. */
function place() {
  const { name } = address()
  const who = name === 'reset' || name === 'verify' ? '' : user
  return `${who}${location.pathname}${location.hash}`
}

async function navigate() {
  const { name, path, query } = address()
  if (session.user !== undefined && name === 'login') return go(query.get('to') ?? '')
  user = session.user?.public_id
  const key = place()
  if (key === shown) return draw()
  if (session.limited && session.user !== undefined && name !== 'security') return go('security')
  if (!isAllowed(name)) {
    // A person who has logged out begins anew. Another person comes back to the page.
    const to = name === 'sessions' || session.left === 'out' ? '' : `?to=${encodeURIComponent(location.hash.slice(2))}`
    return go(session.user === undefined ? `login${to}` : '')
  }
  shown = key
  const load = { ...open, ...own, ...administration }[name] ?? reload
  const { default: openPage } = await load().catch(reload)
  if (shown !== key) return
  page?.close?.()
  // A dialog belongs to its page.
  for (const dialog of document.querySelectorAll('dialog')) dialog.close()
  page = openPage({ path, query, update: draw, keep: (values) => keep(name, values) })
  // A page may have taken a secret out of the address.
  shown = place()
  document.title = `${page.title} – Latchkey`
  draw()
  // The fields of the page before may be the same elements, with what was typed.
  for (const form of app.querySelectorAll('form')) form.reset()
  if (document.activeElement === document.body) app.querySelector('h1')?.focus({ preventScroll: true })
  scrollTo(0, 0)
}

/** @param {string} name of the page @param {Record<string, string | number>} values */
function keep(name, values) {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(values)) if (value !== '') query.set(key, String(value))
  history.replaceState(null, '', `#/${name}${query.size > 0 ? `?${query}` : ''}`)
  shown = place()
}

/** The server runs another version now, which has other files. @returns {never} */
function reload() {
  location.reload()
  throw new Error('the page is loaded again')
}

/** @param {string} to a page, without `#/`. Only pages of the console have such an address */
function go(to) {
  location.replace(`#/${to}`)
}

function draw() {
  if (kept || (page === undefined && !trouble)) return
  const body = trouble ? html`<p class="lost" role="alert">${words.unreachable}</p>` : page?.render()
  const { name } = address()
  render(session.user === undefined || has(open, name) ? plainFrame(body) : frame(name, body), app)
}

follow({
  update() {
    // A page shows what belongs to one user.
    if (session.user?.public_id !== user) void navigate()
    else draw()
  },
  changed: () => page?.changed?.(),
})
addEventListener('hashchange', () => void navigate())
// Another session may have logged in or out while the page was not shown, perhaps as another user.
document.addEventListener('visibilitychange', async () => {
  if (document.visibilityState !== 'visible' || session.user === undefined) return
  await resume().catch(() => {})
  page?.changed?.()
})
// The browser keeps a page that was left, and shows the page again after a logout. A dialog may show a secret.
addEventListener('pagehide', ({ persisted }) => {
  if (!persisted) return
  kept = true
  document.documentElement.hidden = true
  render(nothing, app)
  for (const dialog of document.querySelectorAll('dialog')) dialog.remove()
})
addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
addEventListener('unhandledrejection', (event) => {
  if (event.reason instanceof Unreachable) event.preventDefault()
  say(event.reason instanceof Unreachable ? words.unreachable : words.failed, 'wrong')
})

document.documentElement.lang = language
render(nothing, app)

async function begin() {
  for (let wait_ms = 500; ; wait_ms = Math.min(wait_ms * 2, 10_000)) {
    try {
      await start()
      trouble = false
      return navigate()
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error
      trouble = true
      draw()
      await new Promise((resolve) => setTimeout(resolve, wait_ms))
    }
  }
}
await begin()
