import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Answer } from '../support/service.ts'
import { assertInvalid } from './refusals.ts'
import { type Holder, onEachService } from './suite.ts'

const path = '/api/v1/widgets'
const to = (page: number, per_page = 10) => `${path}?page=${page}&per_page=${per_page}`

/** Returns the links of a `Link` header (RFC 8288 §3) by their relation. */
function parseLinks(header: unknown): Record<string, string> {
  const links = String(header).split(/, (?=<)/)
  return Object.fromEntries(
    links.map((link) => {
      const [, target, relation] = /^<([^>]*)>; rel="(\w+)"$/.exec(link) ?? []
      return [relation, target]
    }),
  )
}

onEachService('an empty list of widgets', (subject) => {
  test('has one page without items', async () => {
    const user = await subject.newUser()
    const { status, json, headers } = await subject.call('GET', '/widgets', user)
    assert.equal(status, 200)
    assert.deepEqual(json, {
      links: { self: to(1), first: to(1), last: to(1) },
      has_prev: false,
      has_next: false,
      page: 1,
      total_pages: 1,
      items_per_page: 10,
      total_items: 0,
      items: [],
    })
    assert.deepEqual(parseLinks(headers.link), json.links)
    assert.equal(headers['total-count'], '0')
  })
})

onEachService('pages of widgets', (subject) => {
  let user: Holder
  const list = (query = ''): Promise<Answer> => subject.call('GET', `/widgets${query}`, user)
  const names = (from: number, until: number) => Array.from({ length: until - from }, (_, i) => `widget-${from + i}`)
  const namesOf = ({ json }: Answer) => json.items.map(({ name }: { name: string }) => name)

  // 27 widgets. Several are added in the same millisecond, and their names do not sort by age.
  before(async () => {
    const admin = await subject.newAdmin()
    for (let i = 0; i < 27; i++) {
      if (i % 4 === 0) subject.now += 1
      const json = { name: `widget-${i}`, info_url: 'http://example.com', deadline: '2031-01-01' }
      await subject.call('POST', '/widgets', { token: admin.token, json })
    }
    user = await subject.newUser()
  })

  test('hold ten items by default, oldest first', async () => {
    const answer = await list()
    const { links, items, ...rest } = answer.json
    assert.deepEqual(rest, {
      has_prev: false,
      has_next: true,
      page: 1,
      total_pages: 3,
      items_per_page: 10,
      total_items: 27,
    })
    assert.deepEqual(links, { self: to(1), first: to(1), next: to(2), last: to(3) })
    assert.deepEqual(namesOf(answer), names(0, 10))
    assert.deepEqual(items[3], (await subject.call('GET', '/widgets/widget-3', user)).json)
  })

  test('link to the pages before and after, in the body and in the header', async () => {
    const middle = await list('?page=2')
    assert.deepEqual(middle.json.links, { self: to(2), first: to(1), prev: to(1), next: to(3), last: to(3) })
    assert.deepEqual([middle.json.has_prev, middle.json.has_next], [true, true])
    const last = await list('?page=3')
    assert.deepEqual(last.json.links, { self: to(3), first: to(1), prev: to(2), last: to(3) })
    assert.deepEqual([last.json.has_prev, last.json.has_next], [true, false])
    assert.deepEqual(namesOf(last), names(20, 27))
    for (const { json, headers } of [middle, last, await list('?per_page=5&page=4')]) {
      assert.deepEqual(Object.entries(parseLinks(headers.link)), Object.entries(json.links), 'in the same order')
      assert.equal(headers['total-count'], '27')
    }
    assert.deepEqual(Object.keys(middle.json.links), ['self', 'first', 'prev', 'next', 'last'])
  })

  test('contain each widget once if a client follows the links from the first page', async () => {
    for (const per_page of [5, 10, 25, 50, 100]) {
      const seen: string[] = []
      let next: string | undefined = `/${to(1, per_page)}`
      let pages = 0
      while (next !== undefined) {
        const answer: Answer = await subject.call('GET', next, user)
        assert.equal(answer.json.items_per_page, per_page)
        assert.equal(answer.json.page, ++pages)
        seen.push(...namesOf(answer))
        next = answer.json.links.next && `/${answer.json.links.next}`
      }
      assert.equal(pages, Math.ceil(27 / per_page))
      assert.deepEqual(seen, names(0, 27))
    }
  })

  test('after the last one are empty, not an error', async () => {
    for (const page of [4, 100, 999_999_999]) {
      const answer = await list(`?page=${page}`)
      assert.equal(answer.status, 200)
      assert.deepEqual([answer.json.items, answer.json.page, answer.json.total_pages], [[], page, 3])
      assert.deepEqual([answer.json.has_prev, answer.json.has_next], [true, false])
      assert.deepEqual(answer.json.links, { self: to(page), first: to(1), prev: to(3), last: to(3) })
      assert.equal(answer.headers['total-count'], '27')
    }
    for (const page of ['9007199254740993', '9'.repeat(30), '9'.repeat(2000)]) {
      const answer = await list(`?page=${page}`)
      assert.deepEqual([answer.status, answer.json.items], [200, []])
    }
  })

  test('are full if the number of widgets is a multiple of the size', async () => {
    const { token } = await subject.newAdmin()
    for (const name of ['widget-25', 'widget-26']) await subject.call('DELETE', `/widgets/${name}`, { token })
    const { json } = await list('?per_page=25')
    assert.deepEqual([json.total_pages, json.has_next, json.items.length, json.links.next], [1, false, 25, undefined])
  })

  test('have a size of 5, 10, 25, 50 or 100 and no other', async () => {
    for (const size of [5, 10, 25, 50, 100]) assert.equal((await list(`?per_page=${size}`)).status, 200)
    const bad = [
      '0',
      '1',
      '6',
      '9',
      '11',
      '99',
      '101',
      '1000',
      '-10',
      '+10',
      '%2B10',
      '10.0',
      '1e1',
      '010',
      '',
      '%2010',
      '10%20',
      'ten',
      '0xa',
      '10,5',
      '١٠',
    ]
    const per_page = 'per_page must be one of 5, 10, 25, 50, 100'
    for (const size of bad) assertInvalid(await list(`?per_page=${size}`), { per_page })
    assertInvalid(await list('?per_page=10&per_page=5'), { per_page })
  })

  test('are numbered in plain decimal digits', async () => {
    const bad = [
      '0',
      '00',
      '-1',
      '1.5',
      '1.0',
      '+1',
      '%2B1',
      '%201',
      '1%20',
      '1e1',
      '',
      '0x1',
      'one',
      'NaN',
      'Infinity',
      '1,2',
      '1_0',
      '%00',
      '1%00',
      '１',
      '٣',
      "1'",
      '--1',
      '1%0A',
    ]
    const page = 'page must be a whole number from 1'
    for (const each of bad) assertInvalid(await list(`?page=${each}`), { page })
    assertInvalid(await list('?page'), { page })
    assertInvalid(await list('?page=1&page=2'), { page })
    assertInvalid(await list('?page=x&per_page=x'), ['page', 'per_page'])
  })

  test('ignore unknown query parameters', async () => {
    const { status, json } = await list('?sort=name&page=2&Per_Page=5&q=%ff&=&&')
    assert.deepEqual([status, json.page, json.items_per_page], [200, 2, 10])
  })
})
