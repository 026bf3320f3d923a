import type { Formats } from '../format.ts'

const day_ms = 86_400_000

const isoDate = /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})$/
const usDate = /^(?<month>\d{1,2})\/(?<day>\d{1,2})\/(?<year>\d{4}|\d{2})$/
const namedDate = /^(?<name>[A-Za-z]{3,9})\.? (?<day>\d{1,2}),? (?<year>\d{4})$/
const isoDatetime =
  /^(?<year>\d{4})-(?<month>\d{1,2})-(?<day>\d{1,2})[Tt ](?<time>\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?)(?<zone>[Zz]|[+-]\d{2}(:?\d{2})?)?$/

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]

/**
 * Parses a deadline: ISO 8601, month/day/year, or a month's English name. A time without an offset is UTC. A date
 * without a time means the end of the day.
 * @returns milliseconds since 1970, or undefined if the text is not a deadline or the day does not exist
 */
export function parseDeadline(value: string): number | undefined {
  const text = value.trim()
  try {
    const datetime = isoDatetime.exec(text)
    if (datetime?.groups) return instantOf(datetime.groups)
    const date = isoDate.exec(text) ?? usDate.exec(text) ?? namedDate.exec(text)
    return date?.groups ? endOfDay(date.groups) : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** @throws RangeError if the day or the time does not exist */
function instantOf({ year, month = '', day = '', time, zone = 'Z' }: Record<string, string | undefined>): number {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return Temporal.Instant.from(`${date}T${time}${zone}`).epochMilliseconds
}

/** @throws RangeError if the day does not exist */
function endOfDay({ year, month, name, day }: Record<string, string | undefined>): number {
  const fields = { year: Number(year), month: name ? monthNamed(name) : Number(month), day: Number(day) }
  if (year?.length === 2) fields.year += 2000
  const date = Temporal.PlainDate.from(fields, { overflow: 'reject' })
  return date.toZonedDateTime('UTC').epochMilliseconds + day_ms - 1
}

function monthNamed(name: string): number {
  const wanted = name.toLowerCase()
  return 1 + months.findIndex((month) => month === wanted || month.slice(0, 3) === wanted)
}

/** From this instant on, a year has five digits. ISO 8601 allows five digits only by agreement. */
const tooLate = Date.UTC(10_000, 0)

/** Whether the text is a deadline today or later, by the date in UTC. `now` is in milliseconds since 1970. */
export function isFutureDeadline(value: string, now: number): boolean {
  const deadline = parseDeadline(value)
  return deadline !== undefined && deadline < tooLate && Math.floor(deadline / day_ms) >= Math.floor(now / day_ms)
}

/** The format of a deadline. @param clock milliseconds since 1970 */
export function deadlineFormats(clock: () => number): Formats {
  return {
    deadline: {
      accepts: (value) => isFutureDeadline(value, clock()),
      sentence: (field) =>
        `${field} must be a date that is today or later, such as 2030-01-31, 01/31/2030 or Jan 31 2030`,
    },
  }
}

/** Returns `2 days 3 hours 4 minutes 5 seconds` or `No time remaining`. Both instants are milliseconds since 1970. */
export function timeRemaining(deadline: number, now: number): string {
  if (deadline <= now) return 'No time remaining'
  const left_s = Math.floor((deadline - now) / 1000)
  const parts = {
    day: Math.floor(left_s / 86_400),
    hour: Math.floor(left_s / 3600) % 24,
    minute: Math.floor(left_s / 60) % 60,
    second: left_s % 60,
  }
  return Object.entries(parts)
    .map(([unit, count]) => `${count} ${unit}${count === 1 ? '' : 's'}`)
    .join(' ')
}
