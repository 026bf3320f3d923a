import assert from 'node:assert/strict'
import type { Answer, Call } from '../support/service.ts'

/** What the console's own page sends with each request. */
export const ownPage = ['Latchkey-Console', '1', 'Sec-Fetch-Site', 'same-origin']

/** A request as the console's page sends it. `cookie`: the value of the header `Cookie`. */
export interface ConsoleCall extends Call {
  cookie?: string
}

type Send = (method: string, path: string, call?: Call) => Promise<Answer>

/** Sends requests as the console's page does. Paths are under `/console`. `headers` replaces {@link ownPage}. */
export function consoleOf(send: Send) {
  return (method: string, path: string, { cookie, headers = ownPage, ...more }: ConsoleCall = {}) =>
    send(method, `//console${path}`, {
      ...more,
      headers: [...headers, ...(cookie === undefined ? [] : ['Cookie', cookie])],
    })
}

/** The cookie that an answer sets. */
export interface SetCookie {
  /** For the header `Cookie`. */
  pair: string
  name: string
  token: string
  maxAge_s: number
  /** The other attributes, sorted. */
  attributes: string[]
}

export function cookieOf(answer: Answer): SetCookie {
  const lines = answer.headers['set-cookie'] ?? []
  assert.equal(lines.length, 2, `${answer.status} ${answer.text} sets ${lines.length} cookies`)
  const [pair = '', ...all] = String(lines[0]).split('; ')
  // The cookie with the other name always ends.
  const other = pair.startsWith('__Host-') ? 'latchkey' : '__Host-latchkey'
  assert.match(String(lines[1]), new RegExp(`^${other}=; Max-Age=0; Path=/; HttpOnly;`))
  const [name = '', token = ''] = pair.split('=')
  const [maxAge, ...more] = all.filter((each) => each.startsWith('Max-Age='))
  assert.deepEqual(more, [])
  const attributes = all.filter((each) => each !== maxAge).sort()
  return { pair, name, token, maxAge_s: Number(maxAge?.slice('Max-Age='.length)), attributes }
}

/** Asserts that the browser drops the cookie. */
export function assertCleared(answer: Answer): void {
  const { token, maxAge_s } = cookieOf(answer)
  assert.deepEqual([token, maxAge_s], ['', 0])
}

export function setsCookie(answer: Answer): boolean {
  return answer.headers['set-cookie'] !== undefined
}
