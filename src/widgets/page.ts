/** The position of one page in a list, with links to other pages. */
export interface Page {
  page: number
  total_pages: number
  items_per_page: number
  total_items: number
  has_prev: boolean
  has_next: boolean
  links: { self: string; first: string; prev?: string; next?: string; last: string }
}

/** @param page counts from 1, and may be past the end. An empty list has one page */
export function describePage(path: string, page: number, items_per_page: number, total_items: number): Page {
  const total_pages = Math.max(1, Math.ceil(total_items / items_per_page))
  const link = (to: number) => `${path}?page=${to}&per_page=${items_per_page}`
  const has_prev = page > 1
  const has_next = page < total_pages
  return {
    links: {
      self: link(page),
      first: link(1),
      ...(has_prev && { prev: link(Math.min(page - 1, total_pages)) }),
      ...(has_next && { next: link(page + 1) }),
      last: link(total_pages),
    },
    has_prev,
    has_next,
    page,
    total_pages,
    items_per_page,
    total_items,
  }
}

/** Returns the links as a `Link` header (RFC 8288 §3). */
export function linkHeader(links: Page['links']): string {
  return Object.entries(links)
    .map(([rel, href]) => `<${href}>; rel="${rel}"`)
    .join(', ')
}
