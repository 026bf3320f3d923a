import { CommanderError } from 'commander'
import { SettingsError } from '../config/kinds.ts'
import { Refusal } from '../refusal.ts'

/** 1: what was asked for could not be done; 2: it was asked for wrongly, or the settings are wrong. */
export type ExitCode = 1 | 2

/** A command's own no: one line for the terminal, and perhaps a line of advice. */
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

/** A column: its heading, and the cell of a row; null is printed as a dash. */
export type Column<Row> = readonly [heading: string, cell: (row: Row) => string | null]

/** Prints rows as a table of plain text, or as JSON with every field of a row. */
export function printList<Row>(rows: readonly Row[], columns: readonly Column<Row>[], options: { json?: true }): void {
  print(options.json ? harmless(JSON.stringify(rows, null, 2), escapeUnicode) : formatTable(rows, columns))
}

function formatTable<Row>(rows: readonly Row[], columns: readonly Column<Row>[]): string {
  const cells = rows.map((row) => columns.map(([, cell]) => harmless(cell(row) ?? '-', () => '?').replace(/\n/g, '?')))
  const lines = [columns.map(([heading]) => heading), ...cells]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => (line[i] as string).length)))
  const align = (line: string[]) => line.map((cell, i) => cell.padEnd(widths[i] as number)).join('  ')
  return lines.map((line) => align(line).trimEnd()).join('\n')
}

/** What a terminal would obey (Unicode categories Cc and Cf, but for line feeds): a client's name for itself may hold it. */
function harmless(text: string, replace: (character: string) => string): string {
  return text.replace(/(?!\n)[\p{Cc}\p{Cf}\u2028\u2029]/gu, replace)
}

function escapeUnicode(character: string): string {
  return [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('')
}

/**
 * Says on stderr, in one line, why a command failed, and sets the exit code.
 * @param verbose whether the stack may follow
 */
export function fail(error: unknown, verbose: boolean): void {
  if (error instanceof CommanderError) {
    // Commander has already printed its line. Help that was asked for is no error.
    process.exitCode = error.exitCode === 0 ? 0 : 2
    return
  }
  const { message, exitCode, hint } = explain(error)
  process.stderr.write(errorLine(message))
  if (hint !== undefined) process.stderr.write(`  ${hint}\n`)
  if (verbose && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = exitCode
}

/** `latchkey: …`, in one line whatever the message holds. */
export function errorLine(message: string): string {
  return `latchkey: ${harmless(message.trim().replace(/\s*\n\s*/g, ' '), () => '?')}\n`
}

function explain(error: unknown): { message: string; exitCode: ExitCode; hint?: string | undefined } {
  if (error instanceof CommandError) return error
  if (error instanceof SettingsError) return { message: error.message, exitCode: 2, hint: error.hint }
  if (error instanceof Refusal) return explainRefusal(error)
  const { message, code } = error as Partial<NodeJS.ErrnoException>
  return { message: message || code || String(error), exitCode: 1 }
}

/** Invalid input is a matter of how the command was called; everything else, of what there is. */
function explainRefusal({ code, message, detail }: Refusal): { message: string; exitCode: ExitCode } {
  if (code === 'input_invalid') return { message: Object.values(detail.errors ?? {}).join('; '), exitCode: 2 }
  return { message, exitCode: 1 }
}

/** An instant as ISO 8601 in UTC; `ms` since 1970. */
export function iso(ms: number): string
export function iso(ms: number | null): string | null
export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

/** Such as `1 token` or `2 tokens`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
