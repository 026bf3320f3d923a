import { withoutSlashes } from '../format.ts'
import type { Expected } from './claims.ts'

/** The name that this service writes into tokens and metadata, and what it expects in tokens. */
export interface Identity extends Expected {
  /** How clients reach the service, without a slash at its end. */
  public_url: string
}

/** The settings that name the service. An empty value means that the setting is not set. */
export interface NamingSettings {
  PUBLIC_URL: string
  ISSUER: string
  AUDIENCE: readonly string[]
}

/** @param address where the service listens, such as `http://127.0.0.1:5000` */
export function identityOf({ PUBLIC_URL, ISSUER, AUDIENCE }: NamingSettings, address: string): Identity {
  const public_url = PUBLIC_URL || address
  const issuer = ISSUER || public_url
  return {
    public_url,
    issuer,
    audience: AUDIENCE.length > 0 ? [...new Set(AUDIENCE)] : [issuer],
    any_address: PUBLIC_URL === '' && ISSUER === '',
  }
}

/**
 * The URL of an address to listen on. A client on the same machine reaches a wildcard address (`0.0.0.0`, `::`) under the
 * loopback address.
 */
export function urlOfAddress(host: string, port: number): string {
  const reachable = { '0.0.0.0': '127.0.0.1', '::': '::1' }[host] ?? host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}

/** The path of a proxy in front of the service, such as `/keys`, which the proxy strips. Empty without one. */
export function basePathOf({ PUBLIC_URL }: Pick<NamingSettings, 'PUBLIC_URL'>): string {
  return withoutSlashes(URL.parse(PUBLIC_URL)?.pathname ?? '')
}

/**
 * What the operator should change before other services rely on the name, in one line each.
 * @param exampleDomain the REALM_DOMAIN of a service without this setting
 */
export function adviseIdentity(
  { issuer, any_address }: Identity,
  { LATCHKEY_ENV, HOST, REALM_DOMAIN }: { LATCHKEY_ENV: string; HOST: string; REALM_DOMAIN: string },
  exampleDomain: string,
): string[] {
  const advice: string[] = []
  if (any_address && (HOST === '0.0.0.0' || HOST === '::')) {
    advice.push(`PUBLIC_URL is not set, so tokens name ${issuer} as their issuer: set it to the URL that clients use`)
  }
  if (LATCHKEY_ENV === 'production' && !issuer.startsWith('https://')) {
    advice.push(`the issuer ${issuer} is no https URL: set PUBLIC_URL (or ISSUER) to an https URL`)
  }
  if (LATCHKEY_ENV === 'production' && REALM_DOMAIN === exampleDomain) {
    advice.push(`REALM_DOMAIN is not set, so refusals name ${REALM_DOMAIN} in WWW-Authenticate: set it to your domain`)
  }
  return advice
}
