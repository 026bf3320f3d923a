import { isIP } from 'node:net'
import parseForwarded from 'forwarded-parse'
import ipaddr from 'ipaddr.js'

/** The addresses of a request: the connection's, and what the proxies have written into the header. */
export interface Route {
  remoteAddress: string
  headers: { 'x-forwarded-for'?: string | undefined; forwarded?: string | undefined }
}

/** Why the address of a client is unknown. `value` is the part of the header that was not read. */
export type Unreadable = {
  why: string
  value?: string
}

/** A node of RFC 7239 §6 with an optional port. The zone (RFC 4007 §11) may be as in a URL (RFC 6874), with `%25`. */
const node = /^(?:\[([\da-f:.]+)(?:%[\w.~%-]+)?\]|([\d.]+)|(_[\w.-]{1,63}))(?::(?:\d{1,5}|_[\w.-]{1,63}))?$/i
/** An IPv6 address without brackets, as in `X-Forwarded-For`. */
const bareIpv6 = /^([\da-f:.]+)(?:%[\w.~%-]+)?$/i
/** Characters of an unreadable value that are logged. */
const excerpt_chars = 100

/**
 * Reads the address of a node without port, brackets and zone, in its canonical form (RFC 5952). An IPv4-mapped IPv6 address
 * becomes IPv4. An obfuscated identifier (RFC 7239 §6.3) such as `_hidden` stays as it is.
 * @returns undefined if the text is neither, also for `unknown`
 */
export function readNode(text: string): string | undefined {
  const [, ipv6, ipv4, hidden] = node.exec(text) ?? []
  if (hidden !== undefined) return hidden
  const address = ipv6 ?? ipv4 ?? bareIpv6.exec(text)?.[1] ?? ''
  const isRight = isIP(address) === (ipv4 === undefined ? 6 : 4)
  return isRight ? ipaddr.process(address).toString() : undefined
}

/**
 * Finds the client: the last node, counted from the client, that no trusted proxy is. The headers count only as far as trusted
 * proxies have written them. If the client's node cannot be read, the client counts as the proxy that is nearest to it.
 * @param trusts whether the address is a trusted proxy's
 * @param unreadable called if the client counts as a proxy
 */
export function findClient(
  { remoteAddress, headers }: Route,
  trusts: (address: string) => boolean,
  unreadable: (found: Unreadable) => void,
): string {
  const peer = readNode(remoteAddress) ?? remoteAddress
  if (!trusts(peer)) return peer
  const listed = listedNodes(headers['x-forwarded-for'])
  const nodes = forwardedNodes(headers.forwarded)
  if (nodes === undefined) {
    unreadable({ why: 'Forwarded is not as in RFC 7239', value: headers.forwarded?.slice(0, excerpt_chars) ?? '' })
    return peer
  }
  const client = follow(peer, listed, trusts, unreadable)
  if (nodes.length === 0) return client
  const other = follow(peer, nodes, trusts, unreadable)
  if (listed.length === 0 || client === other) return other
  // A proxy that writes one of the headers lets the client's other one pass. Nothing tells which one is the client's.
  unreadable({ why: 'X-Forwarded-For and Forwarded name different clients: the proxy must remove one of them' })
  return peer
}

/** The elements of the list without the empty ones, which a list may have (RFC 9110 §5.6.1.2). */
function listedNodes(header = ''): string[] {
  return header
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
}

/** @returns `for` of each element, none if no element has one, or undefined if the header is malformed */
function forwardedNodes(header: string | undefined): string[] | undefined {
  if (!header) return []
  try {
    const nodes = parseForwarded(header).map((element) => element.for)
    return nodes.every((each) => each === undefined) ? [] : nodes.map((each) => each ?? '')
  } catch {
    return undefined
  }
}

/** Goes from the proxy towards the client while the nodes are trusted proxies. */
function follow(
  peer: string,
  nodes: string[],
  trusts: (address: string) => boolean,
  unreadable: (found: Unreadable) => void,
): string {
  let nearest = peer
  for (const each of nodes.toReversed()) {
    const found = readNode(each)
    if (found === undefined) {
      const why = each.toLowerCase() === 'unknown' ? 'a proxy hides it' : 'a proxy has sent no address'
      unreadable({ why, value: each.slice(0, excerpt_chars) })
      return nearest
    }
    nearest = found
    if (!trusts(found)) return found
  }
  return nearest
}
