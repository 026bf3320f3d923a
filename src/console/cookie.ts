import { stringifySetCookie } from 'cookie'

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
 * Returns the token in a `Cookie` header. The name that no other host can set goes first, so that every request of a page finds the same
 * token, with an `Origin` and without. Of several cookies with one name, the last has the shortest path (RFC 6265 §5.4), as ours has.
 * @returns undefined without a token
 */
export function readToken(header: string | undefined, local: boolean): string | undefined {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim())
  const find = (name: string) => pairs.findLast((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1)
  return find(names.secure) || (local && find(names.local)) || undefined
}

/**
 * Returns the values of `Set-Cookie`: the cookie with the token, and the end of the cookie with the other name. A browser that came over
 * TLS before may still have the other one.
 * @param token undefined: the browser drops both
 * @param maxAge seconds until the token expires
 */
export function tokenCookies(token: string | undefined, maxAge: number, local: boolean): string[] {
  const cookie = (isLocal: boolean, value: string, maxAge: number) =>
    stringifySetCookie({
      name: isLocal ? names.local : names.secure,
      value,
      maxAge,
      httpOnly: true,
      secure: !isLocal,
      sameSite: 'strict',
      path: '/',
    })
  return [cookie(local, token ?? '', token === undefined ? 0 : maxAge), cookie(!local, '', 0)]
}
