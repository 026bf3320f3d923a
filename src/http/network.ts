import ipaddr from 'ipaddr.js'

/** Whether the text is an IP address without a zone (RFC 4007 §11) and without a port. */
export function isAddress(text: string): boolean {
  return ipaddr.isValid(text) && !text.includes('%')
}

/**
 * Ranges of IPv6 whose addresses contain an IPv4 address, and the 16-bit part at which that address begins: translated
 * clients (RFC 6052 §2.1, RFC 2765 §2.1), which would all be in one /64, and 6to4 (RFC 3056 §2), where one IPv4 address has
 * 65,536 of them.
 */
const embedded: Partial<Record<string, number>> = { rfc6052: 6, rfc6145: 6, '6to4': 1 }

/**
 * Returns the network that rate limits count by: an IPv4 address, or the /64 of an IPv6 address, because one client
 * usually has a whole /64 (RFC 6177 §2). An IPv6 address that contains an IPv4 address counts as IPv4.
 */
export function networkOf(address: string): string {
  if (!isAddress(address)) return address
  const parsed = ipaddr.process(address)
  if (!(parsed instanceof ipaddr.IPv6)) return parsed.toString()
  const at = embedded[parsed.range()]
  if (at !== undefined) return new ipaddr.IPv4(parsed.toByteArray().slice(2 * at, 2 * at + 4)).toString()
  const prefix = parsed.parts.slice(0, 4).map((part) => part.toString(16))
  return `${prefix.join(':')}::/64`
}
