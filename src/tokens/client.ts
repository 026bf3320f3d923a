import Bowser from 'bowser'

/** The client of a request, for limits and for the list of logins. */
export interface Client {
  ip: string
  /** An IPv4 address, or the /64 of an IPv6 address. Limits count by network. */
  network: string
  user_agent: string | undefined
}

const maxUserAgent_chars = 256
const unknown = 'unknown client'

const browsers = new Set(Object.values(Bowser.BROWSER_MAP))
const systems = new Set(Object.values(Bowser.OS_MAP))

/** The first product of RFC 9110 §10.1.5. A name has no dot, and a version has only digits, so that neither is taken for a link. */
const product = /^([A-Za-z][A-Za-z0-9_+-]{0,39})(\/\d[\d.]{0,19}(?=[\s;]|$)|(?=[\s;/]|$))/

/**
 * Returns a description such as `Firefox on Linux` or `curl/8.5.0`. Without a product: `unknown client`. The description stands in
 * messages, so it has no other text of the user agent: a stranger who has registered another person's address would write to that
 * person.
 */
export function describeClient(userAgent = ''): string {
  const short = userAgent.slice(0, maxUserAgent_chars)
  if (short === '') return unknown
  const { browser, os } = Bowser.parse(short)
  const name = browsers.has(browser.name ?? '') ? browser.name : (product.exec(short)?.[0] ?? unknown)
  return systems.has(os.name ?? '') ? `${name} on ${os.name}` : `${name}`
}

export function shortUserAgent(userAgent: string | undefined): string | null {
  return userAgent?.slice(0, maxUserAgent_chars) ?? null
}
