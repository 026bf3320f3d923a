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
 * Reads a deadline: ISO 8601, month/day/year, or a month's English name. Without an offset it is UTC; without a time it
 * is the end of that day.
 * @returns milliseconds since 1970, undefined if it is no such text or no such day
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

/** @throws RangeError if there is no such day or time */
function instantOf({ year, month = '', day = '', time, zone = 'Z' }: Record<string, string | undefined>): number {
  const date = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`
  return Temporal.Instant.from(`${date}T${time}${zone}`).epochMilliseconds
}

/** @throws RangeError if there is no such day */
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

/** From here on a year has more digits than ISO 8601 has without an agreement. */
const tooLate = Date.UTC(10_000, 0)

/** Whether the text is a deadline whose date, in UTC, is today or later; `now` in milliseconds since 1970. */
export function isFutureDeadline(value: string, now: number): boolean {
  const deadline = parseDeadline(value)
  return deadline !== undefined && deadline < tooLate && Math.floor(deadline / day_ms) >= Math.floor(now / day_ms)
}

/** `2 days 3 hours 4 minutes 5 seconds`, or `No time remaining`; both instants in milliseconds since 1970. */
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
