import { html, nothing, time } from '../../parts.js'
import { words } from '../../words.js'

/** @typedef {import('../../../../client/openapi.ts').paths['/api/v1/admin/audit']['get']['responses'][200]['content']['application/json']['items'][number]} AuditRow */

const { audit: own } = words.admin

/** @param {AuditRow[]} rows */
export function auditTable(rows) {
  return html`<table>
    <thead><tr><th>${own.at}</th><th>${own.action}</th><th>${own.actor}</th><th>${own.subject}</th><th>${own.details}</th></tr></thead>
    <tbody data-audit>${rows.map(row)}</tbody>
  </table>`
}

/** @param {AuditRow} row */
function row({ seq, at, action, actor, subject, address, request_id, details }) {
  return html`<tr>
    <td data-label=${own.at}>${time(at)}</td>
    <td data-label=${own.action}><code>${action}</code></td>
    <td data-label=${own.actor}>${person(actor)} ${address ? html`<span class="detail" dir="ltr">${address}</span>` : nothing}</td>
    <td data-label=${own.subject}>${person(subject)}</td>
    <td data-label=${own.details}>
      <span class="detail">${textOf(details)}</span>
      <details><summary>${own.more}</summary><span class="detail">${own.row} ${seq} · ${own.request} <code>${request_id ?? '–'}</code></span></details>
    </td>
  </tr>`
}

/** @param {string | null} id */
function person(id) {
  return id === null ? '–' : html`<a href="#/user/${id}" title=${id}><code>${id.slice(0, 8)}</code></a>`
}

/** @param {Record<string, unknown>} details */
function textOf(details) {
  return Object.entries(details)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}: ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ')
}
