import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { latchkey } from './latchkey.ts'

/** One step of a transcript and its expected output. */
export interface Step {
  /** The text after `$`: settings, `latchkey`, arguments, and perhaps `<` and one line for stdin. */
  command: string
  /** The line starts with `~`, not `$`: the test itself performs the step. */
  byTest: boolean
  expected: string
}

/**
 * Reads `transcripts/<name>.txt`. A line that starts with `$ ` is a command. Below the command are its stdout, its
 * stderr with `! ` before each line, and its exit code in brackets unless the code is 0. `~ ` starts a step of the test
 * itself, `#` a comment. Empty lines before a command do not count.
 */
export function readTranscript(name: string): Step[] {
  const text = readFileSync(join(import.meta.dirname, '../../commands/transcripts', `${name}.txt`), 'utf8')
  const steps: Step[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const start = /^([$~]) (.+)$/.exec(line)
    if (start !== null) steps.push({ command: start[2] as string, byTest: start[1] === '~', expected: '' })
    else if (steps.length > 0) (steps.at(-1) as Step).expected += `${line}\n`
  }
  return steps.map((step) => ({ ...step, expected: step.expected.trimEnd() }))
}

/**
 * Runs commands and returns their output in the form of a transcript. Values that differ between runs are replaced by
 * placeholders of the same length: ids and keys by numbers in order of appearance, times by one fixed time. In a
 * command, a placeholder stands for the real value.
 * @param place `text`, the database or the folder, is replaced by `shown`
 * @param cwd the folder of all commands; otherwise each command has a folder of its own
 */
export function createRunner(settings: Record<string, string>, place: { text: string; shown: string }, cwd?: string) {
  const placeholders = new Map<string, string>()
  const replaceBy = (format: (number: number) => string) => (real: string) => {
    const known = [...placeholders].find(([, each]) => each === real)?.[0]
    const placeholder = known ?? format(placeholders.size + 1)
    placeholders.set(placeholder, real)
    return placeholder
  }
  const mask = (text: string) =>
    text
      .replaceAll(place.text, place.shown)
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, replaceBy(uuid))
      .replace(/(?<![\w-])[\w-]{43}(?![\w-])/g, replaceBy(kid))
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2000-01-01T00:00:00.000Z')
      .replace(/\b\d{8}T\d{9}Z/g, '20000101T000000000Z')
  return {
    async run(command: string): Promise<string> {
      const { args, given, stdin } = parse(unmask(command, placeholders))
      const { code, stdout, stderr } = await latchkey(args, { ...settings, ...given }, { stdin, ...(cwd && { cwd }) })
      const errors = stderr.trimEnd().replace(/^/gm, '! ')
      return mask([stdout.trimEnd(), stderr && errors, code !== 0 && `[${code}]`].filter(Boolean).join('\n'))
    },
  }
}

function uuid(number: number): string {
  return `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`
}

function kid(number: number): string {
  return `kid-${String(number).padStart(39, '0')}`
}

function unmask(command: string, placeholders: Map<string, string>): string {
  return command.replace(/0{8}-[\d-]{27}|kid-\d{39}/g, (placeholder) => placeholders.get(placeholder) ?? placeholder)
}

/** Spaces separate words. Quotes keep words together and may be empty. */
function parse(command: string): { args: string[]; given: Record<string, string>; stdin: string } {
  const [line = '', input] = command.split(' < ')
  const words = (line.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''))
  const at = words.indexOf('latchkey')
  const given = words.slice(0, at).map((word) => [word.split('=', 1)[0], word.slice(word.indexOf('=') + 1)])
  return { args: words.slice(at + 1), given: Object.fromEntries(given), stdin: input === undefined ? '' : `${input}\n` }
}
