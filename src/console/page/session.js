/**
 * Who is logged in, until when, and what happens to the session elsewhere.
 * @module
 */
import { api, send, Unreachable, whenEnded, withRenewalLock } from './api.js'
import { wordsFor } from './words.js'

/** @typedef {import('../../client/openapi.ts').paths['/api/v1/auth/user']['get']['responses'][200]['content']['application/json']} User */
/** @typedef {'revoked' | 'expired' | 'out' | 'deleted' | 'factor'} Left why the console has no session any more */

export const session = {
  /** @type {User | undefined} */
  user: undefined,
  /** Why the last session ended. @type {Left | undefined} */
  left: undefined,
  /** The connection to the server is lost. */
  lost: false,
  /** The account needs a second factor, and can do nothing else before it has one. */
  limited: false,
}

/** @type {{ changed: () => void, update: () => void }} */
let listener = { changed() {}, update() {} }

/** @param {typeof listener} to `changed`: what the server has may have changed; `update`: draw again */
export function follow(to) {
  listener = to
}

/** @type {AbortController | undefined} */
let following
/** Says that this browser had a session, so that a page without one asks nothing. The token is in the cookie. */
const hint = 'latchkey-session'
let renewAt = Number.POSITIVE_INFINITY
let usedAt = 0
/** @type {ReturnType<typeof setTimeout> | undefined} */
let renewing

/** @returns {Promise<boolean>} whether somebody is logged in */
export async function start() {
  return localStorage.getItem(hint) !== null && resume()
}

/** Reads who is logged in, at the start and after a login. @returns {Promise<boolean>} whether somebody is */
export async function resume() {
  localStorage.setItem(hint, 'on')
  const { data, error, response } = await api.GET('/api/v1/auth/user')
  if (error?.message === needsFactor) return resumeLimited()
  session.limited = false
  if (data === undefined) {
    // A server that cannot tell now has not refused.
    if (response.status === 429 || response.status >= 500) throw new Unreachable(response.statusText)
    localStorage.removeItem(hint)
    return false
  }
  // A limited session follows nothing.
  const isNew = session.user === undefined || following?.signal.aborted
  session.user = data
  const left_s = data.token_expires_in.split(':').reduce((sum, part) => sum * 60 + Number(part), 0)
  // Another tab may have renewed the token.
  scheduleRenewal(left_s)
  if (isNew) {
    session.left = undefined
    void followEvents()
  }
  listener.update()
  return true
}

const needsFactor = wordsFor('This account needs a second factor. Please add one, then log in again.')

/** The server tells nothing of an account that has to add a factor first, and has no events for the account. */
function resumeLimited() {
  following?.abort()
  session.limited = true
  session.left = undefined
  session.lost = false
  session.user = {
    email: '',
    username: null,
    email_verified: false,
    pending_email: null,
    public_id: '',
    admin: false,
    registered_on: '',
    factors: [],
    token_expires_in: '',
  }
  listener.update()
  return true
}

/** Ends the session of the page. @param {Left} why */
export function leave(why) {
  // The news that a session has ended may be here before the answer to what has ended it. The person's own act is the reason.
  if (session.user === undefined && (why === 'revoked' || why === 'expired')) return
  localStorage.removeItem(hint)
  session.user = undefined
  session.left = why
  session.lost = false
  following?.abort()
  clearTimeout(renewing)
  renewAt = Number.POSITIVE_INFINITY
  listener.update()
}

whenEnded((why) => leave(why === 'expired' ? 'expired' : 'revoked'))

/** @param {number} left_s */
function scheduleRenewal(left_s) {
  clearTimeout(renewing)
  const wait_ms = (left_s * 1000) / 2
  renewAt = Date.now() + wait_ms
  renewing = setTimeout(
    () => {
      // A console that nobody has used since the last renewal ends with its token.
      if (usedAt > renewAt - wait_ms) void renew()
    },
    Math.min(wait_ms, 2 ** 31 - 1),
  )
}

function used() {
  usedAt = Date.now()
  if (session.user !== undefined && usedAt > renewAt) void renew()
}
for (const event of ['pointerdown', 'keydown']) addEventListener(event, used, { passive: true })

async function renew() {
  renewAt = Number.POSITIVE_INFINITY
  await withRenewalLock(async () => {
    const response = await send('/api/v1/auth/renew', { method: 'POST' }).catch(() => undefined)
    if (response?.ok) scheduleRenewal((await response.json()).expires_in)
    // The session has reached its end, or another tab was faster. The stream of events tells which.
    else if (response === undefined || response.status >= 500) scheduleRenewal(10)
  })
}

const longest_ms = 10_000
/** A stream that was open for longer has ended for a reason that may be gone. */
const settled_ms = 5000

/** Follows the events of the server until the session ends. A lost connection is made again. */
async function followEvents() {
  following?.abort()
  const controller = new AbortController()
  following = controller
  const { signal } = controller
  // The first try is at once, because another node may be there.
  for (let wait_ms = 0, opened_at = Number.POSITIVE_INFINITY; !signal.aborted; ) {
    const how = await readEvents(signal, () => {
      opened_at = Date.now()
      setLost(false)
    }).catch(() => 'lost')
    if (signal.aborted) return
    if (Date.now() - opened_at > settled_ms) wait_ms = 0
    opened_at = Number.POSITIVE_INFINITY
    // The token of the stream has ended. The cookie may have a newer one.
    if (how === 'ended' && (await resume().catch(() => true))) continue
    if (session.user === undefined) return
    if (wait_ms > 0) setLost(true)
    await new Promise((resolve) => setTimeout(resolve, wait_ms * (0.5 + Math.random() / 2)))
    wait_ms = Math.min(wait_ms * 2 || 250, longest_ms)
  }
}

/** @param {boolean} lost */
function setLost(lost) {
  if (session.lost === lost) return
  session.lost = lost
  listener.update()
}

/**
 * Reads one stream of server-sent events (HTML Standard §9.2.6). The browser's own reader cannot send the header of the console.
 * @param {AbortSignal} signal
 * @param {() => void} onOpen
 * @returns {Promise<'ended' | 'lost'>}
 */
async function readEvents(signal, onOpen) {
  const response = await send('/events', { signal })
  if (response.status === 401) return 'ended'
  if (!response.ok || response.body === null) return 'lost'
  onOpen()
  listener.changed()
  let text = ''
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    text += part.value
    const events = text.split('\n\n')
    text = events.pop() ?? ''
    for (const event of events) {
      if (event.startsWith('event: ended')) return 'ended'
      if (event.startsWith('event: changed')) listener.changed()
    }
  }
  return 'lost'
}
