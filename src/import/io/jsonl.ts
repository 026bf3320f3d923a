import { createReadStream } from 'node:fs'
import { type Entry, Flaw } from '../entry.ts'
import { type ImportedUser, readUser } from '../user.ts'

/** Longest line. An account is a few hundred bytes. */
const maxLine_bytes = 64 * 1024
const lineFeed = 0x0a

/** A line without its end. Undefined: it is longer than the limit. */
type Line = Buffer | undefined

/**
 * Reads one JSON object a line. Empty lines count, and are no entries.
 * @param onBytes is told the number of bytes that were read
 * @throws the error of the file system
 */
export async function* readJsonLines(
  path: string,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Entry<ImportedUser>> {
  let number = 0
  for await (const line of readLines(path, onBytes)) {
    number++
    const place = `line ${number}`
    if (line === undefined) yield { place, item: new Flaw(`is longer than ${maxLine_bytes / 1024} KiB`) }
    else {
      const text = decode(line)
      if (text?.trim() !== '') yield { place, item: parse(text) }
    }
  }
}

async function* readLines(path: string, onBytes: (bytes: number) => void): AsyncGenerator<Line> {
  let line: Buffer[] = []
  let length = 0
  const add = (bytes: Buffer) => {
    length += bytes.length
    // A longer line is only counted.
    if (length <= maxLine_bytes) line.push(bytes)
    else line = []
  }
  const take = () => {
    const whole = length > maxLine_bytes ? undefined : Buffer.concat(line)
    line = []
    length = 0
    return whole
  }
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      add(chunk.subarray(start, end))
      yield take()
      start = end + 1
    }
    add(chunk.subarray(start))
    onBytes(chunk.length)
  }
  if (length > 0) yield take()
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Drops a byte order mark. @returns undefined if the bytes are not UTF-8 */
function decode(line: Buffer): string | undefined {
  try {
    return utf8.decode(line)
  } catch {
    return undefined
  }
}

function parse(text: string | undefined): ImportedUser | Flaw {
  if (text === undefined) return new Flaw('is not UTF-8')
  try {
    const fields = JSON.parse(text)
    const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields)
    return isObject ? readUser(fields) : new Flaw('is not a JSON object')
  } catch {
    // The message of the error has a part of the line.
    return new Flaw('is not JSON')
  }
}
