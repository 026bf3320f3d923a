import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { latchkey } from './latchkey.ts'

/** One command of a transcript, and what it must leave behind. */
export interface Scene {
  /** The line that follows `$`: settings, `latchkey`, arguments, and perhaps `<` and one line for stdin. */
  command: string
  /** Where `$` is `~`: something else than a command, which the test does. */
  aside: boolean
  expected: string
}

/**
 * Reads `transcripts/<name>.txt`. A line that starts with `$ ` is a command; below it stands its stdout, then its stderr with
 * `! ` before each line, then its exit code in brackets unless that is 0. `~ ` starts what the test has to do itself, `#` a
 * comment. Empty lines before a command do not count.
 */
export function readTranscript(name: string): Scene[] {
  const text = readFileSync(join(import.meta.dirname, '../../commands/transcripts', `${name}.txt`), 'utf8')
  const scenes: Scene[] = []
  for (const line of text.split('\n')) {
    if (line.startsWith('#')) continue
    const start = /^([$~]) (.+)$/.exec(line)
    if (start !== null) scenes.push({ command: start[2] as string, aside: start[1] === '~', expected: '' })
    else if (scenes.length > 0) (scenes.at(-1) as Scene).expected += `${line}\n`
  }
  return scenes.map((scene) => ({ ...scene, expected: scene.expected.trimEnd() }))
}

/**
 * Runs commands and writes down what they leave behind, in the form of a transcript. What differs from run to run is
 * replaced by something of the same length: ids and keys by numbers in order of appearance, instants by one instant. In a
 * command, such a number stands for the real thing.
 */
export function createStage(settings: Record<string, string>, place: { text: string; shown: string }) {
  const actors = new Map<string, string>()
  const stand = (form: (number: number) => string) => (real: string) => {
    const known = [...actors].find(([, each]) => each === real)?.[0]
    const mask = known ?? form(actors.size + 1)
    actors.set(mask, real)
    return mask
  }
  const masked = (text: string) =>
    text
      .replaceAll(place.text, place.shown)
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, stand(uuid))
      .replace(/(?<![\w-])[\w-]{43}(?![\w-])/g, stand(kid))
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '2000-01-01T00:00:00.000Z')
  return {
    async play(command: string): Promise<string> {
      const { args, given, stdin } = parse(unmask(command, actors))
      const { code, stdout, stderr } = await latchkey(args, { ...settings, ...given }, { stdin })
      const complaints = stderr.trimEnd().replace(/^/gm, '! ')
      return masked([stdout.trimEnd(), stderr && complaints, code !== 0 && `[${code}]`].filter(Boolean).join('\n'))
    },
  }
}

function uuid(number: number): string {
  return `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`
}

function kid(number: number): string {
  return `kid-${String(number).padStart(39, '0')}`
}

function unmask(command: string, actors: Map<string, string>): string {
  return command.replace(/0{8}-[\d-]{27}|kid-\d{39}/g, (mask) => actors.get(mask) ?? mask)
}

/** Words are parted by spaces; quotes keep words together, and may hold nothing. */
function parse(command: string): { args: string[]; given: Record<string, string>; stdin: string } {
  const [line = '', input] = command.split(' < ')
  const words = (line.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''))
  const at = words.indexOf('latchkey')
  const given = words.slice(0, at).map((word) => [word.split('=', 1)[0], word.slice(word.indexOf('=') + 1)])
  return { args: words.slice(at + 1), given: Object.fromEntries(given), stdin: input === undefined ? '' : `${input}\n` }
}
