import { readFileSync } from 'node:fs'

/** A file is not text. The message is the rest of a sentence that names the file. */
export class NotText extends Error {
  override name = 'NotText'
}

/**
 * Reads a file that a person wrote. A byte order mark does not count.
 * @throws NotText if the file is not UTF-8; the error of the system if the file cannot be read
 */
export function readTextFile(path: string): string {
  const bytes = readFileSync(path)
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.includes('\0')) return text
  } catch {}
  throw new NotText('is not UTF-8 (PowerShell writes UTF-16: save the file as UTF-8)')
}
