import { send } from '../../api.js'
import { count } from '../../format.js'
import { html, nothing, skeleton, svg } from '../../parts.js'
import { words } from '../../words.js'
import { every } from './every.js'

const { health: own } = words.admin
const pause_ms = 2000
/** Five minutes. */
const most = 150

/**
 * What is drawn: the value of a sample, or the growth of a counter in a second.
 * @typedef {{ name: string, unit?: string, read: (sample: Sample, before: Sample) => number }} Chart
 */
/** @typedef {(labels: Record<string, string>) => boolean} Matches which series of a metric count */
/** @typedef {{ at_ms: number, value: (name: string, matches?: Matches) => number, by: (name: string, label: string) => Map<string, number> }} Sample */

/** @param {string} name @param {Matches} [matches] @returns {Chart['read']} */
const rate = (name, matches) => (sample, before) =>
  Math.max(0, sample.value(name, matches) - before.value(name, matches)) / ((sample.at_ms - before.at_ms) / 1000)

/** A login has several routes, one for each last step. @type {Matches} */
const isLogin = ({ route = '', status }) =>
  /\/login(\/|$)/.test(route) && !route.endsWith('/options') && status === '200'

/** @type {Chart[]} */
const charts = [
  { name: own.requests, unit: own.perSecond, read: rate('latchkey_http_requests_total') },
  { name: own.refusals, unit: own.perSecond, read: rate('latchkey_refusals_total') },
  { name: own.logins, unit: own.perSecond, read: rate('latchkey_http_requests_total', isLogin) },
  { name: own.revoked, read: (sample) => sample.value('latchkey_revoked_tokens') },
  { name: own.wait, unit: 'ms', read: meanWait },
  { name: own.verifiers, read: (sample) => sample.value('latchkey_verifiers') },
  { name: own.consoles, read: (sample) => sample.value('latchkey_open_consoles') },
  { name: own.memory, unit: 'MB', read: (sample) => sample.value('process_resident_memory_bytes') / 1e6 },
]

/** How long the revocations between two samples have waited for the fleet. @param {Sample} sample @param {Sample} before */
function meanWait(sample, before) {
  const grown = (/** @type {string} */ name) => sample.value(name) - before.value(name)
  const revocations = grown('latchkey_fence_seconds_count')
  return revocations > 0 ? (grown('latchkey_fence_seconds_sum') / revocations) * 1000 : 0
}

/**
 * The figures of the node that answers, drawn while the page is open.
 * @type {import('../../main.js').Open}
 */
export default function health({ update }) {
  /** @type {Sample[]} */
  const samples = []

  async function read() {
    const response = await send('/metrics', {})
    if (!response.ok) return
    samples.push(parse(await response.text()))
    if (samples.length > most) samples.shift()
    update()
  }

  return {
    title: own.title,
    close: every(pause_ms, read),
    render: () => html`<h1 tabindex="-1">${own.title}</h1>
      <p class="lead">${own.lead}</p>
      ${samples.length < 2 ? skeleton(4) : html`<div class="charts">${charts.map((chart) => draw(chart, samples))}</div>${reasons(/** @type {Sample} */ (samples.at(-1)))}`}`,
  }
}

const width = 240
const height = 60

/** @param {Chart} chart @param {Sample[]} samples */
function draw({ name, unit, read }, samples) {
  const values = samples.slice(1).map((sample, i) => read(sample, /** @type {Sample} */ (samples[i])))
  const top = Math.max(...values, 1e-9)
  const points = values.map(
    (value, i) => `${width - (values.length - 1 - i) * (width / most)},${height - (value / top) * (height - 4)}`,
  )
  const now = round(values.at(-1) ?? 0)
  return html`<figure class="card" data-chart=${name}>
    <figcaption>${name}</figcaption>
    <p class="figure"><strong>${now}</strong> ${unit ?? nothing}</p>
    <svg viewBox="0 0 ${width} ${height}" role="img" aria-label=${own.chart(name, now, round(top))} preserveAspectRatio="none">
      ${svg`<polyline points=${points.join(' ')} vector-effect="non-scaling-stroke" />`}
    </svg>
  </figure>`
}

/** @param {number} value */
function round(value) {
  return count(value < 10 ? Math.round(value * 10) / 10 : Math.round(value))
}

/** The refusals since the start, as a table. @param {Sample} sample */
function reasons(sample) {
  const rows = [...sample.by('latchkey_refusals_total', 'reason')].sort(([, a], [, b]) => b - a)
  if (rows.length === 0) return nothing
  return html`<h2>${own.reasons}</h2>
    <table>
      <thead><tr><th>${own.reason}</th><th>${own.number}</th></tr></thead>
      <tbody>${rows.map(([reason, number]) => html`<tr><td><code>${reason}</code></td><td data-label=${own.number}>${count(number)}</td></tr>`)}</tbody>
    </table>`
}

const line = /^(\w+)(?:\{(.*)\})? (\S+)$/
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g

/** Reads the text format of Prometheus. @param {string} text @returns {Sample} */
function parse(text) {
  /** @type {Map<string, [Record<string, string>, number][]>} */
  const series = new Map()
  for (const each of text.split('\n')) {
    const [, name, labels = '', value] = line.exec(each) ?? []
    if (name === undefined) continue
    const named = Object.fromEntries([...labels.matchAll(label)].map(([, key, of]) => [key, of]))
    series.set(name, [...(series.get(name) ?? []), [named, Number(value)]])
  }
  return {
    at_ms: performance.now(),
    value: (name, matches = () => true) =>
      (series.get(name) ?? []).reduce((sum, [labels, value]) => sum + (matches(labels) ? value : 0), 0),
    by: (name, key) => new Map((series.get(name) ?? []).map(([of, value]) => [of[key] ?? '', value])),
  }
}
