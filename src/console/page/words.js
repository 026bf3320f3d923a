/**
 * The words of the console, in the language of the browser. Every language has the same table.
 * @module
 */

/**
 * The table of every language has the same names, and functions with the same parameters.
 * @template T
 * @typedef {T extends string ? string : T extends (...given: infer A) => unknown ? (...given: A) => string : { [K in keyof T]: Widen<T[K]> }} Widen
 */
/** @typedef {Widen<typeof import('./words/en.js').words>} Words */

const languages = ['en', 'de']

/** The language of the page, and of numbers and dates. */
export const locale = navigator.languages.find((each) => languages.includes(each.slice(0, 2))) ?? 'en'
export const language = locale.slice(0, 2)

/** @type {{ words: Words }} */
const table = await import(`./words/${language}.js`)

export const words = table.words

/**
 * The words for what the server has said. A sentence without an entry in the table stays as it is. In the entry, `{1}` is the text
 * in the place of the first `{}`.
 * @param {string} sentence
 */
export function wordsFor(sentence) {
  for (const [said, own] of Object.entries(words.refusals)) {
    const found = new RegExp(`^${said.replaceAll('.', '\\.').replaceAll('{}', '(.+)')}$`).exec(sentence)
    if (found) return own.replace(/\{(\d)\}/g, (_, nth) => found[nth] ?? '')
  }
  return sentence
}
