import Bowser from 'bowser'

/** The client of a request, for limits and for the list of logins. */
export interface Client {
  ip: string
  /** An IPv4 address, or the /64 of an IPv6 address. Limits count by network. */
  network: string
  user_agent: string | undefined
}

const maxUserAgent_chars = 256

/** Returns a description such as `Firefox on Linux` or `curl/8.5.0`. Without a user agent: `unknown client`. */
export function describeClient(userAgent: string | undefined): string {
  if (!userAgent) return 'unknown client'
  const short = userAgent.slice(0, maxUserAgent_chars)
  const { browser, os } = Bowser.parse(short)
  const product = browser.name || (short.split(' ', 1)[0] as string)
  return os.name ? `${product} on ${os.name}` : product
}

export function shortUserAgent(userAgent: string | undefined): string | null {
  return userAgent?.slice(0, maxUserAgent_chars) ?? null
}
