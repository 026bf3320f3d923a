import { Refusal } from '../refusal.ts'

/**
 * Reads the token of the `Authorization` header: `Bearer <jwt>` (RFC 6750 §2.1, any letter case) or `<jwt>` alone.
 * @param rawHeaders alternating names and values. The parsed headers of Node.js keep only the first `Authorization`
 * @throws Refusal token_missing without a token or with another scheme, token_invalid with two headers
 */
export function readBearer(rawHeaders: readonly string[]): string {
  let value: string | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] as string
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue
    if (value !== undefined) throw new Refusal('token_invalid', { why: 'two Authorization headers' })
    value = rawHeaders[i + 1] as string
  }
  if (value === undefined || value === '') throw new Refusal('token_missing')
  const space = value.indexOf(' ')
  const scheme = space === -1 ? value : value.slice(0, space)
  // The length is compared first, and the spaces are counted without a regular expression: each request pays for this.
  const isBearer = scheme.length === 6 && scheme.toLowerCase() === 'bearer'
  if (!isBearer && space === -1) return value
  if (!isBearer || space === -1) throw new Refusal('token_missing')
  let start = space + 1
  while (value.charCodeAt(start) === 32) start++
  return value.slice(start)
}
