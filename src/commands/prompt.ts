import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CommandError } from './terminal.ts'

/** More than any password that is accepted: 256 characters take at most 1 KiB each in UTF-8 before normalisation. */
const maxStdin_bytes = 256 * 1024

/**
 * A new password: from the terminal, twice and without echo, or else from the whole of stdin less one line end at its end.
 * @throws CommandError if there is no terminal, the two differ, or stdin holds no UTF-8 text of a sensible length
 */
export async function askNewPassword(fromStdin: boolean): Promise<string> {
  if (fromStdin) return readStdin()
  requireTerminal('the password is asked for on a terminal', 'in a script, use --password-stdin')
  const [password, again] = await ask(['Password: ', 'Again: '], false)
  if (password !== again) throw new CommandError('the two passwords differ')
  return password as string
}

/** @throws CommandError if the answer is not yes */
export async function confirm(question: string): Promise<void> {
  requireTerminal('this has to be confirmed on a terminal', 'in a script, use --yes')
  const [answer] = await ask([`${question} Type yes to go on: `], true)
  if (answer?.trim().toLowerCase() !== 'yes') throw new CommandError('not confirmed, nothing was changed')
}

function requireTerminal(message: string, hint: string): void {
  if (!process.stdin.isTTY) throw new CommandError(message, 2, hint)
}

/** Puts the questions on stderr, one after the other, and reads a line for each from the terminal. */
async function ask(questions: string[], echo: boolean): Promise<string[]> {
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const output = echo ? process.stderr : nowhere
  // One reader for all lines: what was pasted at once must not be lost between two questions.
  const reader = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  const lines = reader[Symbol.asyncIterator]()
  const answers: string[] = []
  reader.once('SIGINT', () => reader.close())
  try {
    for (const question of questions) {
      process.stderr.write(question)
      const line = await lines.next()
      if (!echo || line.done) process.stderr.write('\n')
      if (line.done) throw new CommandError('cancelled, nothing was changed')
      answers.push(line.value)
    }
    return answers
  } finally {
    reader.close()
  }
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of process.stdin) {
    size += chunk.length
    if (size > maxStdin_bytes) throw new CommandError('what stdin holds is too long for a password', 2)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
      .decode(Buffer.concat(chunks))
      .replace(/\r?\n$/, '')
  } catch {
    throw new CommandError('the password on stdin is not UTF-8', 2)
  }
}
