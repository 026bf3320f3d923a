import { parseCookie, stringifySetCookie } from 'cookie'

/**
 * The names of the cookie that holds the token of a login in the console. A browser takes a name with `__Host-` only with `Secure`,
 * `Path=/` and no `Domain`, so no other host of the site can set it (RFC 6265bis §4.1.3.2).
 */
const names = { secure: '__Host-latchkey', local: 'latchkey' }

/** What tells how a browser reaches the service. */
export interface Reached {
  /** The `Host` of the request. */
  host: string
  /** The `Origin` of the request. Browsers send it with every request that changes something. */
  origin: string | undefined
  /** PUBLIC_URL, or the address that the service listens on. */
  public_url: string
}

const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i

/** Whether the browser reaches the service on its own machine without TLS. Only there the cookie is not `Secure`. */
export function isLocal({ host, origin = '', public_url }: Reached): boolean {
  return loopback.test(host) && !public_url.startsWith('https:') && !origin.startsWith('https:')
}

/**
 * Returns the token in a `Cookie` header. On the own machine too the login may have come over TLS: a browser tells that with the
 * `Origin` of the login, and sends no `Origin` with the next request.
 * @returns undefined without a token
 */
export function readToken(header: string | undefined, local: boolean): string | undefined {
  if (header === undefined) return undefined
  const cookies = parseCookie(header)
  return (local && cookies[names.local]) || cookies[names.secure] || undefined
}

/**
 * Returns the value of `Set-Cookie`.
 * @param token undefined: the browser drops the cookie
 * @param maxAge seconds until the token expires
 */
export function tokenCookie(token: string | undefined, maxAge: number, local: boolean): string {
  return stringifySetCookie({
    name: local ? names.local : names.secure,
    value: token ?? '',
    maxAge: token === undefined ? 0 : maxAge,
    httpOnly: true,
    secure: !local,
    sameSite: 'strict',
    path: '/',
  })
}
