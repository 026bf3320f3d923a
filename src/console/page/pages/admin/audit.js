import { api } from '../../api.js'
import { pager } from '../../pager.js'
import { empty, errorsOf, html, nothing, skeleton, valuesOf } from '../../parts.js'
import { words } from '../../words.js'
import { auditTable } from './audit-table.js'

/** @typedef {import('../../../../client/openapi.ts').paths['/api/v1/admin/audit']['get']['responses'][200]['content']['application/json']} List */

const { audit: own } = words.admin
const names = /** @type {const} */ (['action', 'actor', 'subject', 'since', 'until'])

/**
 * The audit trail. What it shows stands in the address.
 * @type {import('../../main.js').Open}
 */
export default function audit({ query, update, keep }) {
  /** @type {Record<string, string>} */
  let filter = Object.fromEntries(names.map((name) => [name, query.get(name) ?? '']))
  let page = Number(query.get('page')) || 1
  /** @type {List | undefined} */
  let list
  /** @type {Record<string, string>} */
  let errors = {}
  let asked = 0

  async function read() {
    const mine = ++asked
    const search = /** @type {any} */ ({ ...filter, page, per_page: 50 })
    const { data, error } = await api.GET('/api/v1/admin/audit', { params: { query: search } })
    if (mine !== asked) return
    errors = error ? errorsOf(error) : {}
    list = data ?? list
    update()
  }
  void read()

  /** @param {Record<string, string>} to @param {number} [at] */
  function show(to, at = 1) {
    filter = to
    page = at
    keep({ ...filter, page: page > 1 ? page : '' })
    return read()
  }

  /** @param {SubmitEvent} event */
  async function submit(event) {
    const { since = '', until = '', action = '', ...people } = valuesOf(event)
    const mine = ++asked
    /** @type {Record<string, string>} */
    const ids = {}
    /** @type {Record<string, string>} */
    const wrong = {}
    for (const [name, text] of Object.entries(people)) {
      const { id, error } = await idOf(text.trim())
      if (id === undefined) wrong[name] = error ?? own.noPerson
      else ids[name] = id
    }
    if (mine !== asked) return
    errors = wrong
    if (Object.keys(wrong).length > 0) return update()
    return show({ action, ...ids, since: instantOf(since), until: instantOf(until) })
  }

  const input = (
    /** @type {string} */ name,
    /** @type {string} */ label,
    type = 'search',
    hint = '',
  ) => html`<div class="field">
    <label for=${name}>${label}</label>
    <input id=${name} name=${name} type=${type} placeholder=${hint} .defaultValue=${type === 'search' ? (filter[name] ?? '') : localOf(filter[name] ?? '')} />
    ${errors[name] ? html`<p class="error" role="alert">${errors[name]}</p>` : nothing}
  </div>`

  return {
    title: own.title,
    close() {
      asked++
    },
    render: () => html`<h1 tabindex="-1">${own.title}</h1>
      <p class="lead">${own.lead}</p>
      <form class="filters" @submit=${submit}>
        ${input('action', own.action)} ${input('actor', own.actor, 'search', own.personHint)}
        ${input('subject', own.subject, 'search', own.personHint)}
        ${input('since', own.since, 'datetime-local')} ${input('until', own.until, 'datetime-local')}
        <button class="primary">${own.filter}</button>
      </form>
      ${list === undefined ? skeleton(6) : html`${auditTable(list.items)} ${list.total_items === 0 ? empty(own.none, own.noneText) : nothing} ${pager(list, (to) => show(filter, to))}`}`,
  }
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The id of the account that a text is the beginning of. An id stands for itself: its account may have been deleted, and rows name
 * services too.
 * @param {string} text @returns {Promise<{ id?: string | undefined, error?: string | undefined }>}
 */
async function idOf(text) {
  if (text === '' || uuid.test(text)) return { id: text }
  // The whole address is the first of the addresses that begin with it.
  const { data, error } = await api.GET('/api/v1/admin/users', {
    params: { query: { query: text, sort: 'email', per_page: 100 } },
  })
  if (error) return { error: error.message }
  const found = data.items
  const name = text.toLowerCase()
  const whole = found.filter(({ email, username }) => name === email || name === username)
  const [one, ...more] = whole.length > 0 ? whole : found
  return { id: more.length === 0 ? one?.public_id : undefined }
}

/** @param {string} local of a field, in the time zone of the browser */
function instantOf(local) {
  return local === '' ? '' : new Date(local).toISOString()
}

/** @param {string} instant ISO 8601 */
function localOf(instant) {
  const at = Date.parse(instant)
  if (Number.isNaN(at)) return ''
  return new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)
}
