/** Who passkeys are made for (Web Authentication Level 3, §4 "Relying Party"). */
export interface RelyingParty {
  /** The host name, which a passkey is bound to. */
  id: string
  /** The only origin whose pages may use passkeys. */
  origin: string
}

/**
 * Returns the relying party of a service. An address of the loopback interface counts as `localhost`, because a passkey is bound to a
 * name.
 * @param public_url PUBLIC_URL, or the address that the service listens on. Never from a request
 * @returns undefined if browsers offer no passkeys there: the host is an address, or the URL is not `https`
 */
export function relyingPartyOf(public_url: string): RelyingParty | undefined {
  const url = new URL(public_url)
  if (url.hostname === '[::1]' || /^127\.[\d.]+$/.test(url.hostname)) url.hostname = 'localhost'
  const { protocol, hostname, origin } = url
  const isSecure = protocol === 'https:' || hostname === 'localhost' || hostname.endsWith('.localhost')
  // The parser of URLs writes every IPv4 address as four numbers (WHATWG URL, host parsing).
  const isAddress = hostname.startsWith('[') || /^[\d.]+$/.test(hostname)
  return isSecure && !isAddress ? { id: hostname, origin } : undefined
}
