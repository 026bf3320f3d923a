import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isFutureDeadline, parseDeadline, timeRemaining } from '../../src/widgets/deadline.ts'

const day_ms = 86_400_000
const lastDay = Date.parse('9999-12-31T00:00:00Z') / day_ms
const day = fc.integer({ min: 0, max: lastDay }).map((days) => new Date(days * day_ms))
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const longMonths = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
]
const pad = (value: number) => String(value).padStart(2, '0')

/** Returns every accepted spelling of a date. */
function spellings(date: Date): string[] {
  const [year, month, dayOfMonth] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()]
  const [short, long] = [months[month] as string, longMonths[month] as string]
  const texts = [
    `${year}-${pad(month + 1)}-${pad(dayOfMonth)}`,
    `${year}-${month + 1}-${dayOfMonth}`,
    `${pad(month + 1)}/${pad(dayOfMonth)}/${year}`,
    `${month + 1}/${dayOfMonth}/${year}`,
    `${short} ${dayOfMonth} ${year}`,
    `${short} ${pad(dayOfMonth)}, ${year}`,
    `${short}. ${dayOfMonth} ${year}`,
    `${long} ${dayOfMonth}, ${year}`,
    `${long.toUpperCase()} ${dayOfMonth} ${year}`,
  ]
  if (year >= 2000 && year < 2100) texts.push(`${month + 1}/${dayOfMonth}/${pad(year - 2000)}`)
  return texts
}

describe('a deadline', () => {
  test('without a time is the end of its day in UTC, in every spelling', () => {
    fc.assert(
      fc.property(day, (date) => {
        for (const text of spellings(date)) assert.equal(parseDeadline(text), date.getTime() + day_ms - 1, text)
      }),
    )
  })

  test('with a time is that instant', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
        fc.integer({ min: -14 * 60, max: 14 * 60 }),
        (date, offset_min) => {
          assert.equal(parseDeadline(date.toISOString()), date.getTime())
          const local = new Date(date.getTime() + offset_min * 60_000)
          fc.pre(local.getUTCFullYear() < 10_000 && local.getTime() >= 0)
          const [hours, minutes] = [Math.floor(Math.abs(offset_min) / 60), Math.abs(offset_min) % 60]
          const zone = `${offset_min < 0 ? '-' : '+'}${pad(hours)}:${pad(minutes)}`
          assert.equal(parseDeadline(local.toISOString().replace('Z', zone)), date.getTime())
        },
      ),
    )
  })

  test('is invalid if the date does not exist', () => {
    const number = fc.integer({ min: 0, max: 99 })
    fc.assert(
      fc.property(fc.integer({ min: 1970, max: 9999 }), number, number, (year, month, dayOfMonth) => {
        const date = new Date(Date.UTC(year, month - 1, dayOfMonth))
        const exists = month >= 1 && month <= 12 && date.getUTCMonth() === month - 1 && date.getUTCDate() === dayOfMonth
        const expected = exists ? date.getTime() + day_ms - 1 : undefined
        assert.equal(parseDeadline(`${year}-${pad(month)}-${pad(dayOfMonth)}`), expected)
        assert.equal(parseDeadline(`${month}/${dayOfMonth}/${year}`), expected)
      }),
      { numRuns: 1000 },
    )
  })

  test('is invalid in any other text, and parsing never throws', () => {
    const pieces = fc.constantFrom('2030', '30', '1', '-', '/', ' ', 'T', ':', 'Z', 'Jan', 'x', '+', ',', '.', '00')
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary' }),
          fc.array(pieces, { maxLength: 14 }).map((each) => each.join('')),
        ),
        (text) => {
          const instant = parseDeadline(text)
          assert.ok(instant === undefined || Number.isSafeInteger(instant))
        },
      ),
      { numRuns: 2000 },
    )
    for (const text of [
      '',
      '2030',
      '31 Jan 2030',
      '31/01/2030',
      '2030/01/31',
      '20300131',
      'Janu 31 2030',
      'Sept 1 2030',
      '2030-W05-4',
      '2030-031',
      'now',
    ]) {
      assert.equal(parseDeadline(text), undefined, text)
    }
  })

  test('is in the future until its day in UTC ends', () => {
    fc.assert(
      fc.property(
        day,
        fc.integer({ min: -3 * day_ms, max: 3 * day_ms }),
        fc.nat(day_ms - 1),
        (date, from_ms, time_ms) => {
          const deadline = new Date(date.getTime() + time_ms)
          const now = date.getTime() + from_ms
          const expected = from_ms < day_ms
          assert.equal(isFutureDeadline(deadline.toISOString(), now), expected)
          assert.equal(isFutureDeadline(date.toISOString().slice(0, 10), now), expected)
        },
      ),
    )
    assert.equal(isFutureDeadline('never', 0), false)
  })
})

describe('the remaining time', () => {
  const form = /^(\d+) days? (\d+) hours? (\d+) minutes? (\d+) seconds?$/

  test('adds up to the whole seconds until the deadline', () => {
    fc.assert(
      fc.property(fc.nat(10_000 * day_ms), fc.nat(4_000_000_000_000), (left_ms, now) => {
        fc.pre(left_ms > 0)
        const text = timeRemaining(now + left_ms, now)
        const [, days, hours, minutes, seconds] = (form.exec(text) ?? []).map(Number) as [
          number,
          number,
          number,
          number,
          number,
        ]
        assert.ok(hours < 24 && minutes < 60 && seconds < 60, text)
        assert.equal(((days * 24 + hours) * 60 + minutes) * 60 + seconds, Math.floor(left_ms / 1000))
      }),
    )
  })

  test('uses the singular for 1 and the plural for other numbers', () => {
    assert.equal(timeRemaining(90_061_000, 0), '1 day 1 hour 1 minute 1 second')
    assert.equal(timeRemaining(2 * 90_061_000, 0), '2 days 2 hours 2 minutes 2 seconds')
    assert.equal(timeRemaining(999, 0), '0 days 0 hours 0 minutes 0 seconds')
  })

  test('is "No time remaining" from the deadline on', () => {
    for (const now of [0, 1, day_ms]) assert.equal(timeRemaining(0, now), 'No time remaining')
  })
})
