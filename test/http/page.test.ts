import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { describePage, linkHeader, type Place, readPage } from '../../src/http/page.ts'

const size = fc.integer({ min: 1, max: 100 })
const filters = fc.constantFrom({}, { current: true })

describe('a page', () => {
  test('describes its position and links to the other pages', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), size, filters, fc.nat(5000), (page, per_page, filter, total) => {
        const info = describePage('/things', { page, per_page, ...filter }, total)
        assert.equal(info.total_pages, Math.max(1, Math.ceil(total / per_page)))
        assert.equal(info.has_prev, page > 1)
        assert.equal(info.has_next, page * per_page < total)
        assert.deepEqual([info.page, info.items_per_page, info.total_items], [page, per_page, total])
        const end = 'current' in filter ? '&current=true' : ''
        const link = (to: number) => `/things?page=${to}&per_page=${per_page}${end}`
        assert.deepEqual(info.links, {
          self: link(page),
          first: link(1),
          ...(info.has_prev && { prev: link(Math.min(page - 1, info.total_pages)) }),
          ...(info.has_next && { next: link(page + 1) }),
          last: link(info.total_pages),
        })
      }),
    )
  })

  test('writes the same links into the Link header', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), size, filters, fc.nat(500), (page, per_page, filter, total) => {
        const { links } = describePage('/things', { page, per_page, ...filter }, total)
        const read = linkHeader(links)
          .split(', ')
          .map((link) => (/^<(.+)>; rel="(\w+)"$/.exec(link) as unknown as string[]).slice(1).toReversed())
        assert.deepEqual(Object.fromEntries(read), links)
      }),
    )
  })

  test('has the items at its position, and all pages together have each item once', async () => {
    await fc.assert(
      fc.asyncProperty(size, fc.nat(300), async (per_page, total) => {
        const all = Array.from({ length: total }, (_, i) => i)
        const select = async ({ offset, limit, fromEnd }: Place) => {
          assert.ok(2 * offset + limit <= total, 'a page is read from the nearer end')
          return (fromEnd ? all.toReversed() : all).slice(offset, offset + limit)
        }
        const { total_pages } = describePage('/things', { page: 1, per_page }, total)
        const seen: number[] = []
        for (let page = 1; page <= total_pages; page++) {
          const read = await readPage({ page, per_page }, { total, select })
          assert.equal(read.total, total)
          seen.push(...read.items)
        }
        assert.deepEqual(seen, all)
      }),
      { numRuns: 30 },
    )
  })

  test('past the end is not looked for', async () => {
    const select = () => Promise.reject(new Error('looked for'))
    for (const page of [4, Number.MAX_SAFE_INTEGER]) {
      assert.deepEqual((await readPage({ page, per_page: 10 }, { total: 30, select })).items, [])
    }
  })
})
