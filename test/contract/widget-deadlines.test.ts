import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertInvalid } from './refusals.ts'
import { noon, onEachService } from './suite.ts'

const info_url = 'https://example.com/widget'
const day_ms = 86_400_000

onEachService('the deadline of a widget', (subject) => {
  let widgets = 0
  let token: string
  const nextName = () => `widget-${++widgets}`
  // Tokens expire when a test moves the clock.
  const renewTokens = async () => {
    token = (await subject.newAdmin()).token
  }
  const post = (json: unknown) => subject.call('POST', '/widgets', { token, json })
  const put = (name: string, json: unknown) => subject.call('PUT', `/widgets/${name}`, { token, json })
  const get = (name: string) => subject.call('GET', `/widgets/${name}`, { token })
  const storeDeadline = async (text: unknown) => {
    const name = nextName()
    const answer = await post({ name, info_url, deadline: text })
    return answer.status === 201 ? (await get(name)).json.deadline : answer
  }

  test('is ISO 8601, month first or with the month’s name, and a date means the end of that day', async () => {
    await renewTokens()
    const endOf = (date: string) => `${date}T23:59:59.999Z`
    const dates: [text: string, instant: string][] = [
      ['2031-01-31', endOf('2031-01-31')],
      ['2031-1-31', endOf('2031-01-31')],
      ['2031-1-1', endOf('2031-01-01')],
      ['01/31/2031', endOf('2031-01-31')],
      ['1/31/31', endOf('2031-01-31')],
      ['1/2/2031', endOf('2031-01-02')],
      ['12/1/99', endOf('2099-12-01')],
      ['Jan 31 2031', endOf('2031-01-31')],
      ['Feb 1 2031', endOf('2031-02-01')],
      ['Dec 05 2031', endOf('2031-12-05')],
      ['January 31, 2031', endOf('2031-01-31')],
      ['2032-02-29', endOf('2032-02-29')],
      ['9999-12-31', endOf('9999-12-31')],
      ['2031-01-31T12:00:00Z', '2031-01-31T12:00:00.000Z'],
      ['2031-01-31T12:00:00+02:00', '2031-01-31T10:00:00.000Z'],
      ['2031-01-31T23:30:00-05:00', '2031-02-01T04:30:00.000Z'],
      ['2031-01-31T12:00:00.250Z', '2031-01-31T12:00:00.250Z'],
      ['2031-01-31T12:00:00', '2031-01-31T12:00:00.000Z'],
      ['2031-01-31T12:00Z', '2031-01-31T12:00:00.000Z'],
      ['2031-01-31T00:00:00Z', '2031-01-31T00:00:00.000Z'],
      ['2031-1-31T12:00:00Z', '2031-01-31T12:00:00.000Z'],
      ['2031-1-2T23:30+02:00', '2031-01-02T21:30:00.000Z'],
      ['2031-12-1 12:00', '2031-12-01T12:00:00.000Z'],
    ]
    for (const [text, instant] of dates) assert.equal(await storeDeadline(text), instant, text)
  })

  test('is an error if the day or time does not exist, or if the text is no date', async () => {
    await renewTokens()
    const noSuchDay = [
      '2031-02-30',
      '2031-02-29',
      '2031-13-01',
      '2031-00-10',
      '2031-01-00',
      '2031-01-32',
      '02/30/2031',
      '13/01/2031',
      '2/29/31',
      'Feb 30 2031',
      'Apr 31 2031',
      '2031-04-31T12:00:00Z',
      '2031-02-30T12:00:00Z',
      '2031-2-30T12:00:00Z',
      '2031-0-1T12:00:00Z',
    ]
    const noSuchTime = [
      '2031-01-31T25:00:00Z',
      '2031-01-31T12:60:00Z',
      '2031-01-31T12:00:00+25:00',
      '2031-01-31T1:00:00Z',
    ]
    const noDate = [
      '',
      ' ',
      'tomorrow',
      'never',
      '31.01.2031',
      '2031',
      '2031-01',
      '20310131x',
      '1/31',
      'Jan 2031',
      'Foo 31 2031',
      '31 31 2031',
      '1999999999',
      '9999-12-31T23:59:59-01:00',
      '+2031-01-31',
      '2031-01-31 and more',
      '２０３１-01-31',
      '2031-01-31T',
      'NaN',
      '0',
    ]
    for (const text of [...noSuchDay, ...noSuchTime, ...noDate, 5, null, 1_925_000_000_000, ['2031-01-31'], {}]) {
      const name = nextName()
      assertInvalid(await post({ name, info_url, deadline: text }), ['deadline'])
      assertInvalid(await put(name, { info_url, deadline: text }), ['deadline'])
    }
  })

  test('is today or later in UTC at every time of day', async () => {
    const midnight = Date.parse('2030-06-16T00:00:00.000Z')
    const today = [
      '2030-06-16',
      '6/16/30',
      'Jun 16 2030',
      '2030-06-16T00:00:00Z',
      '2030-06-15T23:00:00-05:00',
      '2030-06-17T01:00:00+02:00',
    ]
    const yesterday = [
      '2030-06-15',
      '6/15/30',
      'Jun 15 2030',
      '2030-06-15T23:59:59Z',
      '2030-06-16T00:30:00+01:00',
      '2029-06-16',
      '1999-12-31',
      '0001-01-01',
    ]
    for (const now of [midnight, midnight + 1, midnight + day_ms / 2, midnight + day_ms - 1]) {
      subject.now = now
      await renewTokens()
      for (const text of today) assert.match(String(await storeDeadline(text)), /^2030-06-16T/, text)
      for (const text of yesterday) {
        assertInvalid(await post({ name: nextName(), info_url, deadline: text }), ['deadline'])
      }
    }
    for (const now of [midnight - 1, midnight - day_ms / 2]) {
      subject.now = now
      await renewTokens()
      for (const text of ['2030-06-15', '2030-06-15T00:00:00Z'])
        assert.match(String(await storeDeadline(text)), /^2030-06-15T/)
    }
    subject.now = noon
  })
})
