import { Refusal } from '../refusal.ts'

/**
 * Reads the token of the `Authorization` header: `Bearer <jwt>` (RFC 6750 §2.1), the scheme in any case, or the bare `<jwt>`.
 * @param rawHeaders names and values in turn, as they arrived, because Node.js keeps only the first `Authorization` header
 * @throws Refusal token_missing without a token (another scheme counts as none), token_invalid with two headers
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
  const scheme = (space === -1 ? value : value.slice(0, space)).toLowerCase()
  if (scheme === 'bearer' && space !== -1) return value.slice(space).replace(/^ +/, '')
  if (scheme === 'bearer' || space !== -1) throw new Refusal('token_missing')
  return value
}
