import { ask, errorsOf, receipt, say } from './parts.js'
import { words } from './words.js'

/**
 * Asks for a confirmation, does what was confirmed, and says what has happened.
 * @param {Omit<Parameters<typeof ask>[0], 'act'>} question
 * @param {(values: Record<string, string>) => Promise<{ data?: any, error?: import('./parts.js').Refused | undefined }>} call
 * @returns {Promise<any>} the answer of the server. Undefined: it was not done
 */
export async function askAndDo(question, call) {
  /** @type {any} */
  let answer
  const done = await ask({
    ...question,
    async act(values) {
      const { data, error } = await call(values)
      if (error) return errorsOf(error)
      answer = data ?? {}
    },
  })
  if (!done) return undefined
  say(answer.effective ? receipt(answer) : words.doneNow)
  return answer
}
