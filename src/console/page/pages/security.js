import { api } from '../api.js'
import { ask, errorsOf, field, html, icon, nothing, say, skeleton, time } from '../parts.js'
import { hasPasskeys, makePasskey } from '../passkeys.js'
import { askFresh } from '../proof.js'
import { leave, resume, session } from '../session.js'
import { words } from '../words.js'

/** @typedef {import('../../../client/openapi.ts').paths['/api/v1/auth/passkeys']['get']['responses'][200]['content']['application/json']['passkeys'][number]} Passkey */

/**
 * Second factors.
 * @type {import('../main.js').Open}
 */
export default function security({ update }) {
  /** @type {Passkey[] | undefined} */
  let passkeys

  async function read() {
    if (session.limited) {
      passkeys = []
      return update()
    }
    const [{ data }] = await Promise.all([api.GET('/api/v1/auth/passkeys'), resume()])
    passkeys = data?.passkeys ?? passkeys
    update()
  }
  void read()

  /** A new factor leaves other sessions as they are (ASVS 7.4.3). @param {string[]} [codes] @param {boolean} [needsCodes] */
  async function added(codes, needsCodes = false) {
    await read()
    if (codes) await showCodes(codes)
    if (session.limited) {
      await api.POST('/api/v1/auth/logout')
      return leave('factor')
    }
    if (needsCodes) await newCodes(words.security.firstCodesText)
    const { data } = await api.GET('/api/v1/tokens')
    const others = data?.tokens.filter(({ kind, current }) => kind === 'login' && !current) ?? []
    if (
      others.length > 0 &&
      (await ask({ title: words.security.added, text: words.security.addedText, action: words.security.toSessions }))
    )
      location.hash = '#/sessions'
    else say(words.security.added)
  }

  /** @param {() => Promise<boolean>} change */
  const then = (change) => async () => {
    if (await change()) await read()
  }

  return {
    title: words.security.title,
    changed: () => void read(),
    render() {
      const factors = session.user?.factors ?? []
      return html`<h1 tabindex="-1">${words.security.title}</h1>
        <p class="lead">${words.security.lead}</p>
        ${session.limited ? html`<p class="notice">${words.security.needed}</p>` : nothing}
        <section class="card">
          <h2>${words.security.app}</h2>
          <p>${words.security.appText}</p>
          <p class="actions">
            ${
              factors.includes('totp')
                ? html`<button class="danger" @click=${then(removeApp)}>${words.security.removeApp}</button>`
                : html`<button class="primary" @click=${() => addApp(added)}>${words.security.addApp}</button>`
            }
          </p>
        </section>
        <section class="card">
          <h2>${words.security.passkeys}</h2>
          <p>${hasPasskeys ? words.security.passkeysText : words.security.noPasskeys}</p>
          ${passkeys === undefined ? skeleton(1) : nothing}
          <ul class="rows" data-passkeys>${(passkeys ?? []).map((passkey) =>
            row(
              passkey,
              then(() => removePasskey(passkey)),
            ),
          )}</ul>
          <p class="actions">
            ${hasPasskeys ? html`<button @click=${() => addPasskey(added)}>${words.security.addPasskey}</button>` : nothing}
          </p>
        </section>
        ${
          factors.length > 0
            ? html`<section class="card">
                <h2>${words.security.codes}</h2>
                <p>${words.security.codesText}</p>
                <p class="actions"><button @click=${() => newCodes(words.security.newCodesText)}>${words.security.newCodes}</button></p>
              </section>`
            : nothing
        }`
    },
  }
}

/** @param {Passkey} passkey @param {() => void} remove */
function row({ name, created_at, last_used_at }, remove) {
  return html`<li class="row">
    ${icon('key')}
    <div class="main">
      <p><strong>${name}</strong></p>
      <p class="detail">${words.security.made} ${time(created_at)} · ${words.sessions.lastUsed} ${time(last_used_at)}</p>
    </div>
    <button @click=${remove}>${words.remove}<span class="for-listeners"> ${name}</span></button>
  </li>`
}

/** @param {(codes?: string[]) => Promise<void>} added */
async function addApp(added) {
  /** @type {{ secret: string, qr_svg: string } | undefined} */
  let enrolment
  const begun = await askFresh({
    title: words.security.addApp,
    text: words.security.proofText,
    action: words.next,
    async act(proof) {
      const { data, error } = await api.POST('/api/v1/auth/totp', { body: proof })
      if (error) return errorsOf(error)
      enrolment = data
    },
  })
  if (!begun || enrolment === undefined) return
  const { secret, qr_svg } = enrolment
  /** @type {string[]} */
  let codes = []
  const done = await ask({
    title: words.security.scan,
    text: html`<p>${words.security.scanText}</p>
      <img class="qr" alt=${words.security.qr} src="data:image/svg+xml,${encodeURIComponent(qr_svg)}" />
      <p>${words.security.secret} <code data-secret>${secret}</code></p>`,
    action: words.security.addApp,
    fields: (errors) =>
      field({
        name: 'code',
        label: words.security.firstCode,
        autocomplete: 'one-time-code',
        inputmode: 'numeric',
        error: errors.code ?? errors[''],
        focus: true,
      }),
    async act({ code = '' }) {
      const { data, error } = await api.POST('/api/v1/auth/totp/confirm', { body: { code } })
      if (error) return { code: errorsOf(error).code ?? error.message }
      codes = data.recovery_codes
    },
  })
  if (done) await added(codes)
}

function removeApp() {
  return askFresh({
    title: words.security.removeApp,
    text: words.security.removeText,
    action: words.remove,
    danger: true,
    async act(proof) {
      const { error } = await api.DELETE('/api/v1/auth/totp', { body: proof })
      if (error) return errorsOf(error)
    },
  })
}

/** @param {(codes: undefined, needsCodes: boolean) => Promise<void>} added */
async function addPasskey(added) {
  // A first app brings recovery codes, and a first passkey does not.
  const isFirst = session.user?.factors.length === 0
  const done = await askFresh({
    title: words.security.addPasskey,
    text: words.security.proofText,
    action: words.next,
    fields: (errors) =>
      field({
        name: 'name',
        label: words.security.passkeyName,
        value: words.security.passkeyDefault,
        error: errors.name,
      }),
    async act(proof, { name = '' }) {
      const { data, error } = await api.POST('/api/v1/auth/passkeys/options', { body: proof })
      if (error) return errorsOf(error)
      const credential = await makePasskey(data.options)
      const { error: refused } = await api.POST('/api/v1/auth/passkeys', { body: { name, credential } })
      if (refused) return errorsOf(refused)
    },
  })
  if (done) await added(undefined, isFirst)
}

/** @param {Passkey} passkey */
function removePasskey({ id, name }) {
  return askFresh({
    title: words.security.removePasskey(name),
    text: words.security.removeText,
    action: words.remove,
    danger: true,
    async act(proof) {
      const { error } = await api.DELETE('/api/v1/auth/passkeys/{id}', { params: { path: { id } }, body: proof })
      if (error) return errorsOf(error)
    },
  })
}

/** @param {string} text */
async function newCodes(text) {
  /** @type {string[]} */
  let codes = []
  const done = await askFresh({
    title: words.security.newCodes,
    text,
    action: words.security.newCodes,
    async act(proof) {
      const { data, error } = await api.POST('/api/v1/auth/recovery-codes', { body: proof })
      if (error) return errorsOf(error)
      codes = data.recovery_codes
    },
  })
  if (done) await showCodes(codes)
}

/** @param {string[]} codes */
function showCodes(codes) {
  const text = `${codes.join('\n')}\n`
  return ask({
    title: words.security.codes,
    text: html`<p>${words.security.codesOnce}</p>
      <ol class="codes" data-codes>${codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>
      <p class="actions">
        <button type="button" @click=${() => copy(text)}>${icon('copy')} ${words.copy}</button>
        <a class="button" download="recovery-codes.txt" href="data:text/plain,${encodeURIComponent(text)}">${words.download}</a>
        <button type="button" @click=${() => print()}>${words.print}</button>
      </p>`,
    action: words.security.codesKept,
    tells: true,
  })
}

/** @param {string} text */
async function copy(text) {
  await navigator.clipboard.writeText(text)
  say(words.copied)
}
