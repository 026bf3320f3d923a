import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { describePage, linkHeader } from '../../src/widgets/page.ts'

const size = fc.constantFrom(5, 10, 25, 50, 100)

describe('a page', () => {
  test('describes its position and links to the other pages', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), size, fc.nat(5000), (page, per_page, total) => {
        const info = describePage('/things', page, per_page, total)
        assert.equal(info.total_pages, Math.max(1, Math.ceil(total / per_page)))
        assert.equal(info.has_prev, page > 1)
        assert.equal(info.has_next, page * per_page < total)
        assert.deepEqual([info.page, info.items_per_page, info.total_items], [page, per_page, total])
        const link = (to: number) => `/things?page=${to}&per_page=${per_page}`
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
