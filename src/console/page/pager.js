import { count } from './format.js'
import { html, nothing } from './parts.js'
import { words } from './words.js'

/**
 * Leads to the pages of a list.
 * @param {{ page: number, total_pages: number, total_items: number }} list
 * @param {(page: number) => void} go
 */
export function pager({ page, total_pages, total_items }, go) {
  const button = (/** @type {number} */ to, /** @type {string} */ label, /** @type {boolean} */ there) =>
    html`<button ?disabled=${!there} @click=${() => go(to)}>${label}</button>`
  return html`<nav class="pager" aria-label=${words.pages}>
    <span>${words.found(count(total_items))}</span>
    ${
      total_pages > 1
        ? html`${button(page - 1, words.before, page > 1)}
            <span>${words.pageOf(count(page), count(total_pages))}</span>
            ${button(page + 1, words.after, page < total_pages)}`
        : nothing
    }
  </nav>`
}
