// How the arguments and options of commands are read.

import { type Command, InvalidArgumentError } from 'commander'
import { isInstant } from '../format.ts'

export function parseWorkers(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1 to 999.')
}

/** At most 30 days, because two secrets count for so long. */
const maxGrace_s = 30 * 24 * 60 * 60

export function parseGrace(text: string): number {
  const seconds = Number(text)
  if (/^\d{1,7}$/.test(text) && seconds <= maxGrace_s) return seconds
  throw new InvalidArgumentError(`It must be a whole number of seconds from 0 to ${maxGrace_s}.`)
}

/** The command knows how long a token may live. */
export function parseLife(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number of seconds.')
}

/** Adds one row to the rows that were given before. */
export function parseRow(text: string, before: number[]): number[] {
  if (/^[1-9]\d{0,14}$/.test(text)) return [...before, Number(text)]
  throw new InvalidArgumentError('It must be the number of a row.')
}

export function parseTime(text: string): number {
  // A day begins at midnight in UTC.
  const instant = text.includes('T') ? text : `${text}T00:00:00Z`
  if (isInstant(instant)) return Date.parse(instant)
  throw new InvalidArgumentError('It must be a time such as 2030-01-31T12:00:00Z, or a day such as 2030-01-31.')
}

/** A name such as `-` means standard output to other programs. A backup is always a file. */
export function parseFile(text: string): string {
  if (text !== '' && !text.startsWith('-')) return text
  throw new InvalidArgumentError('It must be the path of a file.')
}

/** An empty text is often a variable of a script that is not set. */
function parseText(text: string): string {
  if (text.trim() !== '') return text
  throw new InvalidArgumentError('It must not be empty.')
}

/** Every argument and every option that takes a text refuses an empty one, unless it has a rule of its own. */
export function refuseEmptyTexts(command: Command): void {
  for (const argument of command.registeredArguments) {
    if (argument.parseArg === undefined && !argument.variadic) argument.argParser(parseText)
  }
  for (const option of command.options) {
    if (option.parseArg === undefined && option.required) option.argParser(parseText)
  }
  for (const child of command.commands) refuseEmptyTexts(child)
}
