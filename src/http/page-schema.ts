import type { FastifyReply } from 'fastify'
import { type TProperties, Type } from 'typebox'
import { describedHeader } from './envelope.ts'
import { toJsonLine } from './json-line.ts'
import { describePage, linkHeader, type Page, type PageQuery } from './page.ts'

/** The query parameter `page` of a list. */
export const pageNumber = Type.Optional(Type.Integer({ minimum: 1, default: 1, title: 'a whole number from 1' }))

const pageSizes = [5, 10, 25, 50, 100] as const

/** The query parameter `per_page` of a list that people read. */
export const pageSize = Type.Optional(
  Type.Unsafe<(typeof pageSizes)[number]>({ type: 'integer', enum: pageSizes, default: 10 }),
)

/** The schema of a page. @param items the list under its name. @param what the items, for people */
export function pageOf<Items extends TProperties>(items: Items, what: string) {
  return Type.Object(
    {
      links: Type.Object({
        self: Type.String(),
        first: Type.String(),
        prev: Type.Optional(Type.String()),
        next: Type.Optional(Type.String()),
        last: Type.String(),
      }),
      has_prev: Type.Boolean(),
      has_next: Type.Boolean(),
      page: Type.Integer(),
      total_pages: Type.Integer(),
      items_per_page: Type.Integer(),
      total_items: Type.Integer(),
      ...items,
    },
    {
      description: `One page of ${what}, oldest first. \`Link\` (RFC 8288) repeats the links, and \`Total-Count\` the total.`,
      headers: {
        Link: describedHeader('The links of the page (RFC 8288).'),
        'Total-Count': { type: 'integer', description: `Number of ${what} on all pages.` },
      },
    },
  )
}

/** For routes that answer a page. A serializer made from the schema would put the required links before the optional ones. */
export const inGivenOrder = () => toJsonLine

/** Sets the headers of a page. @returns the part of the body that describes the page */
export function sendPosition(reply: FastifyReply, path: string, query: PageQuery, total_items: number): Page {
  const position = describePage(path, query, total_items)
  reply.header('link', linkHeader(position.links)).header('total-count', String(total_items))
  return position
}
