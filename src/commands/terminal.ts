import { CommanderError } from 'commander'
import { SettingsError } from '../config/kinds.ts'
import { Refusal } from '../refusal.ts'

/** 1: the command failed. 2: the arguments or the settings are invalid. */
export type ExitCode = 1 | 2

/** An expected failure of a command: a message of one line, and an optional line of advice. */
export class CommandError extends Error {
  override name = 'CommandError'
  readonly exitCode: ExitCode
  readonly hint: string | undefined

  constructor(message: string, exitCode: ExitCode = 1, hint?: string) {
    super(message)
    this.exitCode = exitCode
    this.hint = hint
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Prints a text from elsewhere in one line, without control characters. */
export function printLine(text: string): void {
  print(inOneLine(text))
}

/** Prints a line to stderr. */
export function warn(line: string): void {
  process.stderr.write(errorLine(line))
}

/** A column: its heading, and a function that returns the cell of a row. Null is printed as a dash. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => string | null]

/** Prints rows as a table of plain text, or as JSON with every field of a row. */
export function printList<Row>(rows: readonly Row[], columns: readonly Column<Row>[], options: { json?: true }): void {
  print(options.json ? escapeControls(JSON.stringify(rows, null, 2), escapeUnicode) : formatTable(rows, columns))
}

function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) =>
    columns.map(([, cell]) => escapeControls(cell(row) ?? '-', () => '?').replace(/\n/g, '?')),
  )
  const lines = [columns.map(([heading]) => heading), ...cells]
  // Not Math.max(...lengths), because a function takes about 100,000 arguments at most.
  const widths = columns.map((_, i) => lines.reduce((width, line) => Math.max(width, (line[i] as string).length), 0))
  const align = (line: string[]) => line.map((cell, i) => cell.padEnd(widths[i] as number)).join('  ')
  return lines.map((line) => align(line).trimEnd()).join('\n')
}

/** Replaces control characters (Unicode categories Cc and Cf) except line feeds. A `User-Agent` may contain some. */
function escapeControls(text: string, replace: (character: string) => string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, replace)
}

function escapeUnicode(character: string): string {
  return [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('')
}

/**
 * Prints the error of a command to stderr, in one line, and sets the exit code.
 * @param verbose whether to print the stack too
 */
export function fail(error: unknown, verbose: boolean): void {
  if (error instanceof CommanderError) {
    // Commander has already printed its line. Requested help is no error.
    process.exitCode = error.exitCode === 0 ? 0 : 2
    return
  }
  const { message, exitCode, hint } = explain(error)
  process.stderr.write(errorLine(message))
  if (hint !== undefined) process.stderr.write(`  ${hint}\n`)
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = exitCode
}

/** Returns `latchkey: …` in one line. */
export function errorLine(message: string): string {
  return `latchkey: ${inOneLine(message)}\n`
}

function inOneLine(text: string): string {
  return escapeControls(text.trim().replace(/\s*\n\s*/g, ' '), () => '?')
}

function explain(error: unknown): { message: string; exitCode: ExitCode; hint?: string | undefined } {
  if (error instanceof CommandError) return error
  if (error instanceof SettingsError) return { message: error.message, exitCode: 2, hint: error.hint }
  if (error instanceof Refusal) return explainRefusal(error)
  const { message, code, hint } = error as Partial<NodeJS.ErrnoException & { hint: string }>
  return { message: message || code || String(error), exitCode: 1, hint }
}

/** Invalid input comes from the arguments (exit code 2). Any other refusal is a failure (exit code 1). */
function explainRefusal({ code, message, detail }: Refusal): { message: string; exitCode: ExitCode; hint?: string } {
  if (code === 'input_invalid') return { message: Object.values(detail.errors ?? {}).join('; '), exitCode: 2 }
  if (code === 'last_administrator') return { message, exitCode: 1, hint: lastAdministratorHint }
  return { message, exitCode: 1 }
}

const lastAdministratorHint = 'make another one first: latchkey user promote NAME'

/** Returns a time as ISO 8601 in UTC. @param ms milliseconds since 1970 */
export function iso(ms: number): string
export function iso(ms: number | null): string | null
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

/** Returns a number with its noun, such as `1 token` or `2 tokens`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
