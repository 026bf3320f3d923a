import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { before, test } from 'node:test'
import { decodeJwt } from 'jose'
import { listAllTokens } from '../../src/tokens/list.ts'
import type { Answer } from '../support/service.ts'
import { assertInvalid, assertUnauthorized } from './refusals.ts'
import { type Holder, noon, onEachService, type Subject } from './suite.ts'

const path = '/api/v1/tokens'
const to = (page: number, per_page = 100, more = '') => `${path}?page=${page}&per_page=${per_page}${more}`

interface Listed {
  id: string
  created_at: string
  current: boolean
}

const idsOf = ({ json }: Answer): string[] => json.tokens.map(({ id }: Listed) => id)
const jtiOf = ({ token }: { token: string }) => decodeJwt(token).jti as string

/** Returns the links of a `Link` header (RFC 8288 §3) by their relation. */
function parseLinks(header: unknown): Record<string, string> {
  const links = [...String(header).matchAll(/<([^>]*)>; rel="(\w+)"(?:, |$)/g)]
  return Object.fromEntries(links.map(([, target, relation]) => [relation, target]))
}

/** Adds rows of live tokens, several of each instant, whose ids do not sort by age. @returns the ids, oldest first */
async function addTokens({ service, now }: Subject, { token }: Holder, number: number): Promise<string[]> {
  const rows = Array.from({ length: number }, (_, i) => ({
    jti: randomUUID(),
    user_id: decodeJwt(token).sub as string,
    kid: 'k'.repeat(43),
    description: 'curl',
    ip: '192.0.2.1',
    issued_at: now - 60_000 + Math.floor(i / 4),
    expires_at: now + 600_000,
  }))
  for (let i = 0; i < number; i += 500) {
    const some = rows.slice(i, i + 500)
    await service.ports.store.insertInto('token').values(some).execute()
  }
  const inOrder = rows.toSorted((a, b) => a.issued_at - b.issued_at || (a.jti < b.jti ? -1 : 1))
  return inOrder.map(({ jti }) => jti)
}

/** Follows the links from the first page to the last page. */
async function readAll(subject: Subject, user: Holder, first: string): Promise<string[][]> {
  const pages: string[][] = []
  let next: string | undefined = first
  while (next !== undefined) {
    const answer: Answer = await subject.call('GET', `/${next}`, user)
    assert.equal(answer.status, 200)
    assert.equal(answer.json.page, pages.length + 1)
    pages.push(idsOf(answer))
    next = answer.json.links.next
  }
  return pages
}

onEachService('pages of tokens', (subject) => {
  let user: Holder
  let ids: string[]
  const list = (query = ''): Promise<Answer> => subject.call('GET', `/tokens${query}`, user)

  before(async () => {
    subject.now = noon
    user = await subject.newUser()
    ids = [...(await addTokens(subject, user, 229)), jtiOf(user)]
  })

  test('hold a hundred tokens by default, oldest first', async () => {
    const answer = await list()
    const { tokens, ...rest } = answer.json
    assert.deepEqual(rest, {
      links: { self: to(1), first: to(1), next: to(2), last: to(3) },
      has_prev: false,
      has_next: true,
      page: 1,
      total_pages: 3,
      items_per_page: 100,
      total_items: 230,
    })
    assert.deepEqual(idsOf(answer), ids.slice(0, 100))
    assert.deepEqual(Object.keys(tokens[0]).sort(), [
      'created_at',
      'current',
      'description',
      'expires_at',
      'id',
      'ip',
      'kind',
      'last_used_at',
      'scope',
      'user_agent',
    ])
  })

  test('link to the pages before and after, in the body and in the header', async () => {
    const middle = await list('?page=2')
    assert.deepEqual(middle.json.links, { self: to(2), first: to(1), prev: to(1), next: to(3), last: to(3) })
    const last = await list('?page=3')
    assert.deepEqual(last.json.links, { self: to(3), first: to(1), prev: to(2), last: to(3) })
    assert.deepEqual(idsOf(last), ids.slice(200))
    for (const { json, headers } of [middle, last, await list('?per_page=7&page=9'), await list('?current=true')]) {
      assert.deepEqual(Object.entries(parseLinks(headers.link)), Object.entries(json.links), 'in the same order')
      assert.equal(headers['total-count'], String(json.total_items))
    }
  })

  test('contain each token once if a client follows the links, and one of them is in use', async () => {
    for (const per_page of [30, 64, 100]) {
      const pages = await readAll(subject, user, to(1, per_page))
      assert.equal(pages.length, Math.ceil(230 / per_page))
      assert.deepEqual(pages.flat(), ids)
    }
    const { tokens } = (await list('?page=3')).json
    assert.deepEqual(
      tokens.filter(({ current }: Listed) => current).map(({ id }: Listed) => id),
      [jtiOf(user)],
    )
  })

  test('after the last one are empty, not an error', async () => {
    for (const page of ['4', '999999999', '9007199254740993', '9'.repeat(400)]) {
      const { status, json, headers } = await list(`?page=${page}`)
      assert.deepEqual([status, json.tokens, json.total_pages, headers['total-count']], [200, [], 3, '230'])
      assert.deepEqual([json.has_prev, json.has_next, json.links.prev], [true, false, to(3)])
    }
  })

  test('hold only the token in use if `current` is true, and their links keep that', async () => {
    const { json } = await list('?current=true')
    const self = to(1, 100, '&current=true')
    assert.deepEqual(json.links, { self, first: self, last: self })
    assert.deepEqual([json.total_items, json.total_pages, json.tokens.length], [1, 1, 1])
    assert.deepEqual([json.tokens[0].id, json.tokens[0].current], [jtiOf(user), true])
    const past = (await list('?page=2&per_page=1&current=true')).json
    assert.deepEqual([past.tokens, past.links.prev], [[], to(1, 1, '&current=true')])
    assert.equal((await list('?current=false')).json.total_items, 230)
  })

  test('have a size from 1 to 100', async () => {
    for (const size of ['1', '2', '99', '100', '007']) {
      const { status, json } = await list(`?per_page=${size}`)
      assert.deepEqual([status, json.items_per_page, json.tokens.length], [200, Number(size), Number(size)])
      assert.equal(json.links.self, to(1, Number(size)))
    }
    const bad = ['0', '101', '1000', '9'.repeat(30), '-1', '+1', '1.0', '1e1', '', '%201', '1%20', 'ten', '0xa', '١']
    const per_page = 'per_page must be a whole number from 1 to 100'
    for (const size of bad) assertInvalid(await list(`?per_page=${size}`), { per_page })
    assertInvalid(await list('?per_page=1&per_page=1'), { per_page })
  })

  test('are numbered in plain decimal digits, and `current` is true or false; all wrong fields are named', async () => {
    const page = 'page must be a whole number from 1'
    for (const each of ['0', '-1', '1.5', '+1', '%201', '1e1', '', 'one', '٣']) {
      assertInvalid(await list(`?page=${each}`), { page })
    }
    const current = 'current must be true or false'
    for (const each of ['', '1', '0', 'TRUE', 'yes', 'true%20', 'null']) {
      assertInvalid(await list(`?current=${each}`), { current })
    }
    assertInvalid(await list('?current'), { current })
    assertInvalid(await list('?current=true&current=true'), { current })
    assertInvalid(await list('?page=x&per_page=x&current=x'), ['page', 'per_page', 'current'])
    assertUnauthorized(await subject.call('GET', '/tokens?page=x', { token: 'x' }), 'invalid')
    assert.equal((await list('?sort=id&Page=x&=&&')).status, 200)
  })

  test('have no end: the token in use is listed beside a thousand others, over HTTP and for the command line', async () => {
    const holder = await subject.newUser()
    const all = [...(await addTokens(subject, holder, 2000)), jtiOf(holder)]
    const pages = await readAll(subject, holder, to(1))
    assert.deepEqual(pages.flat(), all)
    const { ports } = subject.service
    const listed = await listAllTokens(ports, decodeJwt(holder.token).sub as string)
    assert.deepEqual(
      listed.map(({ id }) => id),
      all,
    )
    assert.equal((await subject.call('GET', '/tokens?current=true', holder)).json.tokens[0].id, jtiOf(holder))
  })
})
