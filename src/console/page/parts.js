/**
 * Parts of every page.
 * @module
 */
import { ago, exactly } from './format.js'
import { html, nothing, render, svg } from './lit-html.js'
import { words } from './words.js'

export { html, nothing, render, svg } from './lit-html.js'

/** Lines of the icons, in a box of 24. */
const icons = {
  key: 'M21 2l-9.600 9.600M15.500 7.500l3 3L22 7l-3-3M11.400 11.600a5.500 5.500 0 1 1-7.800 7.800 5.500 5.500 0 0 1 7.800-7.800',
  desktop: 'M3 4h18v12H3zM8 20h8M12 16v4',
  phone: 'M7 2h10v20H7zM11 18h2',
  terminal: 'M4 5h16v14H4zM7 9l3 3-3 3M13 15h4',
  shield: 'M12 2l8 3v7c0 5-3.500 8.500-8 10-4.500-1.500-8-5-8-10V5z',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4 21c0-4 3.500-6 8-6s8 2 8 6',
  users:
    'M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7M2.500 20c0-3.500 3-5 6.500-5s6.500 1.500 6.500 5M16 4.500a3.500 3.500 0 0 1 0 6.500M18 15.500c2 .7 3.500 2 3.500 4.500',
  list: 'M8 6h13M8 12h13M8 18h13M3 6h.01M3 12h.01M3 18h.01',
  server: 'M3 4h18v6H3zM3 14h18v6H3zM7 7h.01M7 17h.01',
  plug: 'M9 2v6M15 2v6M6 8h12v4a6 6 0 0 1-12 0zM12 18v4',
  pulse: 'M2 12h5l3-8 4 16 3-8h5',
  out: 'M9 3H4v18h5M15 16l4-4-4-4M19 12H9',
  menu: 'M4 6h16M4 12h16M4 18h16',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 2v2M12 20v2M4.900 4.900l1.400 1.400M17.700 17.700l1.400 1.400M2 12h2M20 12h2M4.900 19.100l1.400-1.400M17.700 6.300l1.400-1.400',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  more: 'M9 6l6 6-6 6',
}

/** @typedef {keyof typeof icons} Icon */

/** @param {Icon} name */
export function icon(name) {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${svg`<path d=${icons[name]} />`}</svg>`
}

/** The icon of a browser or program. @param {string} description of the client, as the server has named it */
export function iconOf(description) {
  if (/Android|iOS/.test(description)) return icon('phone')
  return icon(/ on /.test(description) ? 'desktop' : 'terminal')
}

/** An instant, as people say it, with the exact time on hover. @param {string | null | undefined} instant ISO 8601 */
export function time(instant) {
  return instant ? html`<time datetime=${instant} title=${exactly(instant)}>${ago(instant)}</time>` : words.never
}

/** Lines that stand where a list will be. They appear after 150 ms, by a transition in the style. */
export function skeleton(lines = 3) {
  return html`<div class="skeleton" role="status" aria-label=${words.loading}>
    ${Array.from({ length: lines }, () => html`<div></div>`)}
  </div>`
}

/** Sections of a page that has no rows. @param {string} title @param {unknown} next what to do next */
export function empty(title, next) {
  return html`<div class="empty"><p><strong>${title}</strong></p><p>${next}</p></div>`
}

/**
 * A field of a form, with its error beside the field. A page and its dialog must not have the same `id` twice.
 * @param {{ name: string, id?: string, label: string, type?: string, value?: string, autocomplete?: string, hint?: string, error?: string | undefined, required?: boolean, inputmode?: string, focus?: boolean }} field
 */
export function field({
  name,
  id = name,
  label,
  type = 'text',
  value = '',
  autocomplete = 'off',
  hint,
  error,
  required = true,
  inputmode,
  focus,
}) {
  const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return html`<div class="field">
    <label for=${id}>${label}</label>
    <input
      id=${id}
      name=${name}
      type=${type}
      .defaultValue=${value}
      autocomplete=${autocomplete}
      autocapitalize="none"
      spellcheck="false"
      inputmode=${inputmode ?? nothing}
      ?required=${required}
      ?autofocus=${focus}
      aria-invalid=${error ? 'true' : nothing}
      aria-describedby=${described || nothing}
    />
    ${hint ? html`<p class="hint" id="${id}-hint">${hint}</p>` : nothing}
    ${error ? html`<p class="error" id="${id}-error" role="alert">${error}</p>` : nothing}
  </div>`
}

/** @param {SubmitEvent} event @returns {Record<string, string>} the values of the form */
export function valuesOf(event) {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]))
}

/** Moves the focus to the first field with an error, of the dialog if there is one. */
export function focusError() {
  const field = (document.querySelector('dialog[open]') ?? document).querySelector('[aria-invalid=true]')
  if (field instanceof HTMLElement) field.focus()
}

/** @typedef {{ effective?: { nodes: number, verifiers: number, waited_ms: number } | undefined }} Receipt */

/** What the receipt of a revocation says. @param {Receipt} answer */
export function receipt({ effective }) {
  return effective === undefined
    ? words.endedNow
    : words.ended(effective.nodes, effective.verifiers, effective.waited_ms)
}

/** Says something to everybody who looks or listens. @param {string} text @param {'done' | 'wrong'} [kind] */
export function say(text, kind = 'done') {
  const place = document.getElementById('said')
  if (place === null) return
  render(html`<p class=${kind}>${text}</p>`, place)
  clearTimeout(clearing)
  clearing = setTimeout(() => render(nothing, place), 8000)
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
let clearing

/**
 * Asks for a confirmation, or for the fields of a form, in a dialog. Escape cancels.
 * @param {object} question
 * @param {string} question.title
 * @param {unknown} question.text says what will happen
 * @param {string} question.action the words of the button
 * @param {boolean} [question.danger]
 * @param {boolean} [question.tells] the dialog tells what has happened: there is nothing to cancel
 * @param {(errors: Record<string, string>) => unknown} [question.fields] draws fields, with the errors of the last try
 * @param {(values: Record<string, string>) => Promise<Record<string, string> | undefined>} [question.act] does it; returns errors by field, and `''` for the form
 * @returns {Promise<boolean>} whether it was done
 */
export function ask({ title, text, action, danger = false, tells = false, fields, act }) {
  const dialog = document.createElement('dialog')
  dialog.setAttribute('aria-labelledby', 'dialog-title')
  document.body.append(dialog)
  /** @type {Record<string, string>} */
  let errors = {}
  let busy = false
  let done = false
  const draw = () =>
    render(
      html`<form method="dialog" @submit=${submit}>
        <h2 id="dialog-title">${title}</h2>
        <div class="text">${text}</div>
        ${fields?.(errors) ?? nothing}
        ${errors[''] ? html`<p class="error" role="alert">${errors['']}</p>` : nothing}
        <p class="actions">
          ${tells ? nothing : html`<button type="button" class="quiet" @click=${() => dialog.close()}>${words.cancel}</button>`}
          <button class=${danger ? 'danger' : 'primary'} ?disabled=${busy}>${action}</button>
        </p>
      </form>`,
      dialog,
    )
  const submit = async (/** @type {SubmitEvent} */ event) => {
    const values = valuesOf(event)
    busy = true
    draw()
    const wrong = await (act?.(values) ?? Promise.resolve(undefined)).catch((/** @type {Error} */ { message }) => ({
      '': message,
    }))
    busy = false
    errors = wrong ?? {}
    done = wrong === undefined
    draw()
    if (done) dialog.close()
    else focusError()
  }
  draw()
  dialog.showModal()
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(done)
    })
  })
}

/** @typedef {{ message?: string | undefined, errors?: Record<string, string> | undefined }} Refused */

/**
 * The errors of a refused request, by field. `''` is the error of the form.
 * @param {Refused} error
 * @returns {Record<string, string>}
 */
export function errorsOf({ message = words.failed, errors }) {
  return errors ?? { '': message }
}
