import ipaddr from 'ipaddr.js'

/** Whether the text is an IP address without a zone (RFC 4007 §11) and without a port. */
export function isAddress(text: string): boolean {
  return ipaddr.isValid(text) && !text.includes('%')
}

/**
 * Returns the network that rate limits count by: an IPv4 address, or the /64 of an IPv6 address, because one client
 * usually has a whole /64 (RFC 6177 §2). An IPv4-mapped IPv6 address counts as IPv4.
 */
export function networkOf(address: string): string {
  if (!isAddress(address)) return address
  const parsed = ipaddr.process(address)
  return parsed instanceof ipaddr.IPv6
    ? `${parsed.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(':')}::/64`
    : parsed.toString()
}
