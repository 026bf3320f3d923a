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

/** Which page a client asks for, and the filters of the list. Each link keeps all of them except `page`. */
export interface PageQuery {
  /** Counts from 1, and may be past the end. */
  page: number
  per_page: number
  [filter: string]: number | boolean | string
}

/** @param total_items on all pages. An empty list has one page */
export function describePage(path: string, query: PageQuery, total_items: number): Page {
  const { page, per_page } = query
  const total_pages = Math.max(1, Math.ceil(total_items / per_page))
  const link = (to: number) => {
    const parameters = Object.entries({ ...query, page: to }).map(
      ([name, value]) => `${name}=${encodeURIComponent(value)}`,
    )
    return `${path}?${parameters.join('&')}`
  }
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
    items_per_page: per_page,
    total_items,
  }
}

/** Returns the links as a `Link` header (RFC 8288 §3). */
export function linkHeader(links: Page['links']): string {
  return Object.entries(links)
    .map(([rel, href]) => `<${href}>; rel="${rel}"`)
    .join(', ')
}

/** Where a page is in a list: `offset` items before it are skipped. `fromEnd`: in the opposite order, from the end. */
export interface Place {
  offset: number
  limit: number
  fromEnd: boolean
}

/**
 * Reads one page of a list. A page past the end is empty, and is not looked for. A database reads each row that it skips, so a
 * page in the second half is read from the end.
 * @param list `total`: the number of items on all pages
 */
export async function readPage<Item>(
  { page, per_page }: PageQuery,
  { total, select }: { total: number; select: (place: Place) => Promise<Item[]> },
): Promise<{ items: Item[]; total: number }> {
  const offset = (page - 1) * per_page
  if (offset >= total) return { items: [], total }
  const limit = Math.min(per_page, total - offset)
  const behind = total - offset - limit
  const items = behind < offset ? await select({ offset: behind, limit, fromEnd: true }) : undefined
  return { items: items?.toReversed() ?? (await select({ offset, limit, fromEnd: false })), total }
}
