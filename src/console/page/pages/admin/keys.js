import { api } from '../../api.js'
import { askAndDo } from '../../ask-and-do.js'
import { html, icon, nothing, skeleton, time } from '../../parts.js'
import { words } from '../../words.js'

/** @typedef {import('../../../../client/openapi.ts').paths['/api/v1/admin/keys']['get']['responses'][200]['content']['application/json']['keys'][number]} Key */

const { keys: own } = words.admin

/**
 * The signing keys.
 * @type {import('../../main.js').Open}
 */
export default function keys({ update }) {
  /** @type {Key[] | undefined} */
  let list

  async function read() {
    const { data } = await api.GET('/api/v1/admin/keys')
    list = data?.keys ?? list
    update()
  }
  void read()

  async function rotate() {
    await askAndDo({ title: own.rotate, text: own.rotateText, action: own.rotate }, () =>
      api.POST('/api/v1/admin/keys/rotate'),
    )
    await read()
  }

  /** @param {Key} key */
  async function revoke({ kid }) {
    const question = { title: own.revokeTitle(kid), text: own.revokeText, action: own.revoke, danger: true }
    await askAndDo(question, () => api.POST('/api/v1/admin/keys/{kid}/revoke', { params: { path: { kid } } }))
    await read()
  }

  return {
    title: own.title,
    changed: () => void read(),
    render: () => html`<h1 tabindex="-1">${own.title}</h1>
      <p class="lead">${own.lead}</p>
      ${list === undefined ? skeleton(2) : html`<ul class="rows" data-keys>${list.map((key) => row(key, revoke))}</ul>`}
      <p class="actions"><button class="primary" @click=${rotate}>${own.rotate}</button></p>`,
  }
}

/** @param {Key} key @param {(key: Key) => void} revoke */
function row(key, revoke) {
  const { kid, alg, current, next, created_at, retired_at, signs_from, from_file } = key
  return html`<li class="row">
    ${icon('key')}
    <div class="main">
      <p>
        <code>${kid}</code> ${alg}
        ${current ? html`<span class="badge">${own.current}</span>` : nothing}
        ${next ? html`<span class="badge quiet">${own.next}</span>` : nothing}
        ${retired_at ? html`<span class="badge quiet">${own.retired}</span>` : nothing}
      </p>
      <p class="detail">
        ${words.security.made} ${time(created_at)} ${next && signs_from ? html`· ${own.signsFrom} ${time(signs_from)}` : nothing}
        ${retired_at ? html`· ${own.retired} ${time(retired_at)}` : nothing} ${from_file ? html`· ${own.fromFile}` : nothing}
      </p>
    </div>
    <button class="danger" @click=${() => revoke(key)}>${own.revoke}<span class="for-listeners"> ${kid}</span></button>
  </li>`
}
