import { locale } from './words.js'

const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
const exact = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
const day = new Intl.DateTimeFormat(locale, { dateStyle: 'medium' })
const number = new Intl.NumberFormat(locale)

/** @type {[Intl.RelativeTimeFormatUnit, number][]} */
const units = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** Such as `5 minutes ago`. @param {string} instant ISO 8601 @param {number} [now] */
export function ago(instant, now = Date.now()) {
  const seconds = (Date.parse(instant) - now) / 1000
  for (const [unit, length] of units) {
    if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit)
  }
  return relative.format(0, 'second')
}

/** @param {string} instant ISO 8601 */
export function exactly(instant) {
  return exact.format(Date.parse(instant))
}

/** @param {string} instant ISO 8601 */
export function onDay(instant) {
  return day.format(Date.parse(instant))
}

/** @param {number} value */
export function count(value) {
  return number.format(value)
}
