import { api } from '../../api.js'
import { askAndDo } from '../../ask-and-do.js'
import { count } from '../../format.js'
import { empty, field, html, icon, nothing, skeleton, time } from '../../parts.js'
import { words } from '../../words.js'
import { showSecret } from '../tokens.js'
import { every } from './every.js'

/** @typedef {import('../../../../client/openapi.ts').paths['/api/v1/admin/fleet']['get']['responses'][200]['content']['application/json']['nodes'][number]} Node */
/** @typedef {import('../../../../client/openapi.ts').paths['/api/v1/admin/services']['get']['responses'][200]['content']['application/json']['services'][number]} Service */

const { fleet: own } = words.admin
const pause_ms = 2000

/**
 * The nodes as they are now, and the services whose verifiers follow them.
 * @type {import('../../main.js').Open}
 */
export default function fleet({ update }) {
  /** @type {Node[] | undefined} */
  let nodes
  /** @type {Service[] | undefined} */
  let services

  async function readNodes() {
    const { data } = await api.GET('/api/v1/admin/fleet')
    nodes = data?.nodes ?? nodes
    update()
  }
  async function readServices() {
    const { data } = await api.GET('/api/v1/admin/services')
    services = data?.services ?? services
    update()
  }
  void readServices()

  async function add() {
    const answer = await askAndDo(
      {
        title: own.add,
        text: own.addText,
        action: own.add,
        fields: (errors) => html`${field({ name: 'name', label: own.name, error: errors.name, focus: true })}
          <label class="choice"><input type="checkbox" name="revoke" /> ${own.mayRevoke}</label>`,
      },
      ({ name = '', revoke }) => {
        const body = { name, ...(revoke === 'on' && { may: /** @type {['revoke-users']} */ (['revoke-users']) }) }
        return api.POST('/api/v1/admin/services', { body })
      },
    )
    if (answer) await showSecret(own.secret, own.secretText(answer.client_id), answer.client_secret)
    await readServices()
  }

  /** @param {Service} service */
  async function remove({ client_id: id, name }) {
    const question = { title: own.removeTitle(name), text: own.removeText, action: words.remove, danger: true }
    await askAndDo(question, () => api.DELETE('/api/v1/admin/services/{id}', { params: { path: { id } } }))
    await readServices()
  }

  return {
    title: own.title,
    close: every(pause_ms, readNodes),
    render: () => html`<h1 tabindex="-1">${own.title}</h1>
      ${nodes === undefined ? skeleton() : nodes.length === 0 ? html`<p class="notice">${own.single}</p>` : nodeTable(nodes)}
      <h2>${own.services}</h2>
      ${services === undefined ? skeleton(1) : html`<ul class="rows" data-services>${services.map((service) => row(service, remove))}</ul>`}
      ${services?.length === 0 ? empty(own.none, own.noneText) : nothing}
      <p class="actions"><button class="primary" @click=${add}>${own.add}</button></p>`,
  }
}

/** @param {Node[]} nodes */
function nodeTable(nodes) {
  return html`<table>
    <thead><tr><th>${own.node}</th><th>${own.version}</th><th>${own.lease}</th><th>${own.lag}</th><th>${own.verifiers}</th><th>${own.joined}</th></tr></thead>
    <tbody data-nodes>
      ${nodes.map(
        (node) => html`<tr>
          <td>${node.name}</td>
          <td data-label=${own.version}>${node.version}</td>
          <td data-label=${own.lease}>
            ${node.lease_left_ms > 0 ? own.ms(count(node.lease_left_ms)) : html`<span class="badge danger">${own.noLease}</span>`}
          </td>
          <td data-label=${own.lag}>${count(node.lag)}</td>
          <td data-label=${own.verifiers}>${count(node.verifiers)}</td>
          <td data-label=${own.joined}>${time(node.joined_at)}</td>
        </tr>`,
      )}
    </tbody>
  </table>`
}

/** @param {Service} service @param {(service: Service) => void} remove */
function row(service, remove) {
  return html`<li class="row">
    ${icon('plug')}
    <div class="main">
      <p><strong>${service.name}</strong> ${service.may.length > 0 ? html`<span class="badge">${own.mayRevoke}</span>` : nothing}</p>
      <p class="detail"><code>${service.client_id}</code> · ${words.security.made} ${time(service.created_at)}</p>
    </div>
    <button @click=${() => remove(service)}>${words.remove}<span class="for-listeners"> ${service.name}</span></button>
  </li>`
}
