/**
 * The API of the server, as the OpenAPI document describes it. Requests of the console have the token in a cookie, so no script
 * ever has the token.
 * @module
 */

import { wordsFor } from './words.js'

/** @typedef {import('../../client/openapi.ts').paths} Paths */
/** @typedef {Pick<import('openapi-fetch').Client<Paths>, 'GET' | 'POST' | 'PATCH' | 'DELETE'>} Api */
/** @typedef {{ params?: { path?: Record<string, unknown>, query?: Record<string, unknown> }, body?: unknown }} Call */

/** The relative path from this document to `/` of the service. */
export const root = document.body.dataset.root ?? ''

/** The server cannot be reached. */
export class Unreachable extends Error {
  /** @override */
  name = 'Unreachable'
}

/** Called when the token of the console counts no more. @type {(why: string) => void} */
let onEnded = () => {}

/** @param {(why: string) => void} then */
export function whenEnded(then) {
  onEnded = then
}

/** The lock that a renewal of the token holds, in all tabs. */
const renewal = 'latchkey-renewal'

/**
 * Waits for a renewal that another tab may be making.
 * @template T
 * @param {() => Promise<T>} then
 * @returns {Promise<T>}
 */
export function withRenewalLock(then) {
  return navigator.locks ? navigator.locks.request(renewal, then) : then()
}

/**
 * @param {string} path
 * @param {RequestInit} init
 */
export async function send(path, init) {
  try {
    return await fetch(`${root}console${path}`, {
      ...init,
      headers: { 'latchkey-console': '1', ...init.headers },
      cache: 'no-store',
    })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new Unreachable('the server cannot be reached', { cause: error })
  }
}

/** Whether the answer refuses the token, and not a password or a code. @param {Response} response */
function refusesToken(response) {
  return response.status === 401 && response.headers.has('www-authenticate')
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Call} [call]
 */
async function request(method, path, { params = {}, body } = {}) {
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(params.path?.[name])))
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(params.query ?? {}))
    if (value !== undefined && value !== '') query.set(name, String(value))
  const url = query.size > 0 ? `${filled}?${query}` : filled
  const init = {
    method,
    ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  }
  let response = await send(url, init)
  // The node cannot tell now. It, or another one, can soon.
  for (let tries = 0; response.status === 503 && method === 'GET' && tries < 3; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    response = await send(url, init)
  }
  // Another tab may have replaced the token a moment before.
  if (refusesToken(response)) response = await withRenewalLock(() => send(url, init))
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  const answer = text !== '' && isJson ? JSON.parse(text) : undefined
  if (response.ok) return { data: answer, response }
  if (refusesToken(response))
    onEnded(response.headers.get('www-authenticate')?.includes('expired') ? 'expired' : 'revoked')
  return { error: inWords(answer ?? { message: response.statusText }), response }
}

/** A refusal, in the language of the page. @param {{ message?: string, errors?: Record<string, string> }} refusal */
function inWords({ message, errors, ...more }) {
  return {
    ...more,
    ...(message !== undefined && { message: wordsFor(message) }),
    ...(errors !== undefined && {
      errors: Object.fromEntries(Object.entries(errors).map(([name, sentence]) => [name, wordsFor(sentence)])),
    }),
  }
}

/** @type {any} */
const untyped = {
  GET: (/** @type {string} */ path, /** @type {Call} */ call) => request('GET', path, call),
  POST: (/** @type {string} */ path, /** @type {Call} */ call) => request('POST', path, call),
  PATCH: (/** @type {string} */ path, /** @type {Call} */ call) => request('PATCH', path, call),
  DELETE: (/** @type {string} */ path, /** @type {Call} */ call) => request('DELETE', path, call),
}

/** @type {Api} */
export const api = untyped
