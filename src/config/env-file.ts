import { SettingsError } from './kinds.ts'
import { NotText, readTextFile } from './text-file.ts'

/** `NAME=value`, with `export` before the name in a file that is also a script of a shell. */
const assignment = /^(?:export\s+)?([A-Za-z_]\w*)\s*=(.*)$/
/** A value in quotes, and what may follow the closing quote. */
const quoted = /^(?:"([^"]*)"|'([^']*)'|`([^`]*)`)(?:\s+#.*)?$/

/**
 * Reads a file of settings, such as `.env`. A line is `NAME=value`. A comment begins with `#` at the beginning of a line, or
 * after white space that follows a value. A value has one line, and nothing in a value is replaced. The last line of a name counts.
 *
 * `parseEnv` of Node.js is not used: it takes the next line for the value of `NAME= `, cuts a value at each `#`, and skips a
 * malformed line.
 * @returns no value if there is no such file
 * @throws SettingsError that names the line
 */
export function readEnvFile(path: string): Record<string, string> {
  const values: Record<string, string> = {}
  for (const [index, line] of readIfPresent(path)
    .split(/\r\n|\n|\r/)
    .entries()) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    const [, name, value = ''] = assignment.exec(text) ?? []
    if (name === undefined) throw new SettingsError(`line ${index + 1} of ${path} is not NAME=value`)
    values[name] = readValue(value, `${name} in line ${index + 1} of ${path}`)
  }
  return values
}

function readValue(given: string, place: string): string {
  const text = given.trim()
  if (!/^["'`]/.test(text)) return given.replace(/\s#.*$/, '').trim()
  const [, double, single, back] = quoted.exec(text) ?? []
  const inside = double ?? single ?? back
  if (inside === undefined) throw new SettingsError(`${place} begins with a quotation mark and has no other at its end`)
  return inside
}

function readIfPresent(path: string): string {
  try {
    return readTextFile(path)
  } catch (error) {
    if (error instanceof NotText) throw new SettingsError(`${path} ${error.message}`)
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return ''
    throw new SettingsError(`${path} cannot be read (${code})`)
  }
}
