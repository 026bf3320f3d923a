import ipaddr from 'ipaddr.js'

/** Whether the text is an IP address, and no more than that: no zone (RFC 4007 §11), no port. */
export function isAddress(text: string): boolean {
  return ipaddr.isValid(text) && !text.includes('%')
}

/**
 * What limits count by: an IPv4 address, or the /64 of an IPv6 one, since whoever has one address there has them all
 * (RFC 6177 §2). IPv4 inside IPv6 is IPv4.
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
