import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { describePage, linkHeader } from '../../src/widgets/page.ts'

const size = fc.constantFrom(5, 10, 25, 50, 100)

describe('a page', () => {
  test('has its place among the others', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), size, fc.nat(5000), (page, per_page, total) => {
        const it = describePage('/things', page, per_page, total)
        assert.equal(it.total_pages, Math.max(1, Math.ceil(total / per_page)))
        assert.equal(it.has_prev, page > 1)
        assert.equal(it.has_next, page * per_page < total)
        assert.deepEqual([it.page, it.items_per_page, it.total_items], [page, per_page, total])
        const link = (to: number) => `/things?page=${to}&per_page=${per_page}`
        assert.deepEqual(it.links, {
          self: link(page),
          first: link(1),
          ...(it.has_prev && { prev: link(Math.min(page - 1, it.total_pages)) }),
          ...(it.has_next && { next: link(page + 1) }),
          last: link(it.total_pages),
        })
      }),
    )
  })

  test('writes its links into a header as they are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), size, fc.nat(500), (page, per_page, total) => {
        const { links } = describePage('/things', page, per_page, total)
        const read = linkHeader(links)
          .split(', ')
          .map((link) => (/^<(.+)>; rel="(\w+)"$/.exec(link) as unknown as string[]).slice(1).toReversed())
        assert.deepEqual(Object.fromEntries(read), links)
      }),
    )
  })
})
