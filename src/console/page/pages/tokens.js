import { api } from '../api.js'
import { ask, empty, errorsOf, field, html, icon, receipt, say, skeleton, time } from '../parts.js'
import { readTokens } from '../read-tokens.js'
import { session } from '../session.js'
import { words } from '../words.js'

/** @typedef {import('../read-tokens.js').Token} Token */

/** Days until a token expires. */
const lifetimes_d = [7, 30, 90, 365]

/**
 * Named tokens, for programs.
 * @type {import('../main.js').Open}
 */
export default function tokens({ update }) {
  /** @type {Token[] | undefined} */
  let named

  async function read() {
    const all = await readTokens()
    named = all?.filter(({ kind }) => kind === 'named') ?? named
    update()
  }
  void read()

  async function add() {
    let token = ''
    const done = await ask({
      title: words.tokens.add,
      text: words.tokens.addText,
      action: words.tokens.add,
      fields: newFields,
      async act({ description = '', days = '30', ...values }) {
        const scope = Object.keys(values)
          .filter((name) => name.includes(':') || name === 'admin')
          .join(' ')
        const body = { description, expires_in: Number(days) * 86_400, ...(scope && { scope }) }
        const { data, error } = await api.POST('/api/v1/tokens', { body })
        if (error) return errorsOf(error)
        token = data.access_token
      },
    })
    if (!done) return
    await Promise.all([read(), showSecret(words.tokens.made, words.tokens.madeText, token)])
  }

  /** @param {Token} token */
  async function end({ id, description }) {
    /** @type {Parameters<typeof receipt>[0]} */
    let answer = {}
    const done = await ask({
      title: words.tokens.endTitle(description),
      text: words.tokens.endText,
      action: words.tokens.end,
      danger: true,
      async act() {
        const { data, error, response } = await api.DELETE('/api/v1/tokens/{id}', { params: { path: { id } } })
        if (error && response.status !== 404) return errorsOf(error)
        if (data) answer = data
      },
    })
    if (!done) return
    say(receipt(answer))
    await read()
  }

  return {
    title: words.tokens.title,
    changed: () => void read(),
    render: () => html`<h1 tabindex="-1">${words.tokens.title}</h1>
      <p class="lead">${words.tokens.lead}</p>
      ${named === undefined ? skeleton() : html`<ul class="rows" data-tokens>${named.map((token) => row(token, end))}</ul>`}
      ${named?.length === 0 ? empty(words.tokens.none, words.tokens.noneText) : ''}
      <p class="actions"><button class="primary" @click=${add}>${words.tokens.add}</button></p>`,
  }
}

/** @param {Token} token @param {(token: Token) => void} end */
function row(token, end) {
  const { description, scope, created_at, last_used_at, expires_at } = token
  return html`<li class="row">
    ${icon('terminal')}
    <div class="main">
      <p><strong>${description}</strong></p>
      <p class="detail">${words.tokens.scope} ${scope === null ? words.tokens.whole : mayDo(scope)}</p>
      <p class="detail">
        ${words.security.made} ${time(created_at)} · ${words.sessions.lastUsed} ${time(last_used_at)} ·
        ${words.tokens.expires} ${time(expires_at)}
      </p>
    </div>
    <button @click=${() => end(token)}>${words.tokens.end}<span class="for-listeners"> ${description}</span></button>
  </li>`
}

/** @param {string} scope */
function mayDo(scope) {
  /** @type {Record<string, string>} */
  const known = words.tokens.scopes
  return scope
    .split(' ')
    .map((name) => known[name] ?? name)
    .join(', ')
}

/** @param {Record<string, string>} errors */
function newFields(errors) {
  const scopes = Object.entries(words.tokens.scopes).filter(([name]) => name !== 'admin' || session.user?.admin)
  return html`${field({ name: 'description', label: words.tokens.description, hint: words.tokens.descriptionHint, error: errors.description, focus: true })}
    <div class="field">
      <label for="days">${words.tokens.lifetime}</label>
      <select id="days" name="days">
        ${lifetimes_d.map((days) => html`<option value=${days} ?selected=${days === 30}>${words.tokens.days(days)}</option>`)}
      </select>
    </div>
    <fieldset>
      <legend>${words.tokens.mayDo}</legend>
      <p class="hint">${words.tokens.mayDoHint}</p>
      ${scopes.map(([name, what]) => html`<label class="choice"><input type="checkbox" name=${name} /> ${what}</label>`)}
      ${errors.scope ? html`<p class="error" role="alert">${errors.scope}</p>` : ''}
    </fieldset>`
}

/**
 * Shows a secret once.
 * @param {string} title @param {string} text @param {string} secret
 */
export function showSecret(title, text, secret) {
  const copy = async () => {
    await navigator.clipboard.writeText(secret)
    say(words.copied)
  }
  return ask({
    title,
    text: html`<p>${text}</p>
      <p><code class="secret" data-secret tabindex="0">${secret}</code></p>
      <p class="actions"><button type="button" class="primary" autofocus @click=${copy}>${icon('copy')} ${words.copy}</button></p>`,
    action: words.done,
    tells: true,
  })
}
