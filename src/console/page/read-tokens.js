import { api } from './api.js'

/** @typedef {import('../../client/openapi.ts').paths['/api/v1/tokens']['get']['responses'][200]['content']['application/json']['tokens'][number]} Token */

/** Reads every live token of the user, page by page. @returns {Promise<Token[] | undefined>} undefined: refused */
export async function readTokens() {
  /** @type {Token[]} */
  const all = []
  for (let page = 1; ; page++) {
    const { data } = await api.GET('/api/v1/tokens', { params: { query: { page } } })
    if (data === undefined) return undefined
    all.push(...data.tokens)
    if (!data.has_next) return all
  }
}
