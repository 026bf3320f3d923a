import { api } from '../api.js'
import { ask, empty, errorsOf, html, iconOf, nothing, receipt, say, skeleton, time } from '../parts.js'
import { readTokens } from '../read-tokens.js'
import { leave, session } from '../session.js'
import { words } from '../words.js'

/** @typedef {import('../read-tokens.js').Token} Token */

/**
 * Where the user is logged in.
 * @type {import('../main.js').Open}
 */
export default function sessions({ update }) {
  /** @type {Token[] | undefined} */
  let tokens
  /** @type {Promise<void> | undefined} */
  let reading
  let again = false

  /** Reads all pages. A change in the meantime makes a second reading. */
  function read() {
    again = true
    reading ??= readAll().finally(() => {
      reading = undefined
    })
    return reading
  }
  async function readAll() {
    while (again) {
      again = false
      tokens = (await readTokens()) ?? tokens
      update()
    }
  }
  void read()

  /**
   * @param {Token[]} some @param {string} title @param {string} text
   * @param {() => Promise<Token[]>} [findMore] finds what else has to end by now
   */
  async function end(some, title, text, findMore) {
    let said = ''
    const done = await ask({
      title,
      text,
      action: words.logOut,
      danger: true,
      async act() {
        const { error, last, missed } = await endEach(some, findMore)
        if (error) return errorsOf(error)
        // A session that was not found may go on with another token, after a renewal.
        said = missed && !findMore ? words.sessions.changed : receipt(last)
      },
    })
    if (!done) return
    if (some.some(({ current }) => current)) return leave('out')
    say(said)
    await read()
  }

  /** As the server knows them now. */
  async function findOthers() {
    const all = await readTokens()
    // Without an answer, the list may be old. The page goes on to show the list.
    if (all === undefined) throw new Error(words.failed)
    tokens = all
    update()
    return all.filter(({ kind, current }) => kind === 'login' && !current)
  }

  /** Ends the sessions that begin while the person reads the question, too. */
  async function endOthers() {
    const others = await findOthers().catch((/** @type {Error} */ { message }) => say(message, 'wrong'))
    if (others === undefined) return
    if (others.length === 0) return say(words.sessions.only)
    return end(others, words.sessions.others, words.sessions.othersText(others.length), findOthers)
  }

  return {
    title: words.sessions.title,
    changed: () => void read(),
    render() {
      const logins = (tokens ?? []).filter(({ kind }) => kind === 'login')
      return html`<h1 tabindex="-1">${words.sessions.title}</h1>
        <p class="lead">${words.sessions.lead}</p>
        ${
          tokens === undefined
            ? skeleton()
            : html`<ul class="rows" data-sessions>${group(logins).map((some) => entry(some, end))}</ul>
              ${logins.length > 1 ? nothing : empty(words.sessions.only, words.sessions.onlyText)}
              <p class="actions">
                <button @click=${endOthers}>${words.sessions.others}</button>
                <button class="danger" @click=${endAll}>${words.sessions.everywhere}</button>
              </p>`
        }`
    },
  }
}

async function endAll() {
  const done = await ask({
    title: words.sessions.everywhere,
    text: words.sessions.everywhereText,
    action: words.sessions.everywhere,
    danger: true,
    async act() {
      const { error } = await api.DELETE('/api/v1/tokens')
      if (error) return errorsOf(error)
    },
  })
  if (done) leave('out')
}

/**
 * Ends tokens, one after another, and those that are found afterwards.
 * @param {Token[]} some @param {() => Promise<Token[]>} [findMore]
 * @returns {Promise<{ last: import('../parts.js').Receipt, missed: boolean, error?: import('../parts.js').Refused }>} the last receipt, whether a token
 *   was not there any more, and the first error
 */
async function endEach(some, findMore = async () => []) {
  /** @type {import('../parts.js').Receipt} */
  let last = {}
  let missed = false
  const owner = session.user?.public_id
  const ended = new Set()
  for (let next = some; next.length > 0; next = (await findMore()).filter(({ id }) => !ended.has(id))) {
    for (const { id } of next) {
      // Another user may have logged in, in another tab.
      if (session.user?.public_id !== owner) return { last, missed }
      const { data, error, response } = await api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } })
      // A token that has ended in the meantime is no fault.
      if (error && response.status !== 404) return { last, missed, error }
      if (data) last = data
      else missed = true
      ended.add(id)
    }
  }
  return { last, missed }
}

/**
 * One browser that has logged in several times is one entry. This session stands first, then the session that was used last.
 * @param {Token[]} tokens
 */
function group(tokens) {
  const groups = Map.groupBy(tokens, ({ current, description, ip }) => (current ? 'current' : `${description} ${ip}`))
  const sorted = [...groups.values()].map((some) => some.toSorted((a, b) => usedAt(b) - usedAt(a)))
  const isCurrent = (/** @type {Token[]} */ some) => Number(some[0]?.current)
  return sorted.sort((a, b) => isCurrent(b) - isCurrent(a) || usedAt(b[0]) - usedAt(a[0]))
}

/** @param {Token | undefined} token */
function usedAt(token) {
  return token === undefined ? 0 : Date.parse(token.last_used_at ?? token.created_at)
}

/** @typedef {(tokens: Token[], title: string, text: string) => void} End */

/** @param {Token[]} some @param {End} end */
function entry(some, end) {
  const [first] = some
  if (first === undefined) return nothing
  const text = some.length > 1 ? words.sessions.endSeveral(some.length) : words.sessions.endOne(first.current)
  return html`<li class="row">
    ${iconOf(first.description)}
    <div class="main">
      <p>
        <strong>${first.description}</strong>
        ${first.current ? html`<span class="badge">${words.sessions.current}</span>` : nothing}
        ${some.length > 1 ? html`<span class="badge quiet">${words.sessions.times(some.length)}</span>` : nothing}
      </p>
      <p class="detail">${detail(first)}</p>
      ${
        some.length > 1
          ? html`<details><summary>${words.sessions.each}</summary><ul>${some.map((token) => single(token, end))}</ul></details>`
          : nothing
      }
    </div>
    <button @click=${() => end(some, words.sessions.endTitle(first.description), text)}>
      ${words.logOut}<span class="for-listeners"> ${first.description}</span>
    </button>
  </li>`
}

/** @param {Token} token */
function detail(token) {
  return html`<span dir="ltr">${token.ip}</span> · ${words.sessions.loggedIn} ${time(token.created_at)} ·
    ${words.sessions.lastUsed} ${time(token.last_used_at)}`
}

/** @param {Token} token @param {End} end */
function single(token, end) {
  return html`<li>
    <span class="detail">${detail(token)}</span>
    <button class="quiet" @click=${() => end([token], words.sessions.endTitle(token.description), words.sessions.endOne(false))}>${words.logOut}</button>
  </li>`
}
