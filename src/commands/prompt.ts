import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { CommandError } from './terminal.ts'

/** Fits every accepted password: 256 characters of at most 1 KiB each, in UTF-8 before normalisation. */
const maxStdin_bytes = 256 * 1024

/**
 * Reads a new password: twice from the terminal without echo, or all of stdin without the last line break.
 * @param refuse called before the second question; throws if the password breaks a rule
 * @throws CommandError if there is no terminal, if the two differ, or if stdin is too long or not UTF-8
 */
export async function askNewPassword(fromStdin: boolean, refuse: (password: string) => void): Promise<string> {
  if (fromStdin) {
    const password = await readStdin()
    refuse(password)
    return password
  }
  requireTerminal('the password prompt needs a terminal', 'in a script, use --password-stdin')
  const questions = ['Password: ', 'Again: ']
  const [password, again] = await ask(questions, false, (line, i) => i === 0 && refuse(line))
  if (password !== again) throw new CommandError('the two passwords differ')
  return password as string
}

/** Asks for a yes on the terminal. @throws CommandError if the answer is not yes */
export async function confirm(question: string): Promise<void> {
  requireTerminal('the confirmation needs a terminal', 'in a script, use --yes')
  const [answer] = await ask([`${question} Type yes to continue: `], true)
  if (answer?.trim().toLowerCase() !== 'yes') throw new CommandError('not confirmed, nothing was changed')
}

function requireTerminal(message: string, hint: string): void {
  if (!process.stdin.isTTY) throw new CommandError(message, 2, hint)
}

/** Writes each question to stderr and reads one line from the terminal. @param check called with each answer; may throw */
async function ask(
  questions: string[],
  echo: boolean,
  check: (line: string, i: number) => unknown = () => {},
): Promise<string[]> {
  const discard = new Writable({ write: (_chunk, _encoding, done) => done() })
  const output = echo ? process.stderr : discard
  // One reader for all questions. A reader for each question would lose lines that are pasted together.
  const reader = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 })
  const lines = reader[Symbol.asyncIterator]()
  const answers: string[] = []
  reader.once('SIGINT', () => reader.close())
  try {
    for (const [i, question] of questions.entries()) {
      process.stderr.write(question)
      const line = await lines.next()
      if (!echo || line.done) process.stderr.write('\n')
      if (line.done) throw new CommandError('cancelled, nothing was changed')
      check(line.value, i)
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
    if (size > maxStdin_bytes) throw new CommandError('the password on stdin is too long', 2)
    chunks.push(chunk)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)).replace(/\r?\n$/, '')
  } catch {
    throw new CommandError('the password on stdin is not UTF-8', 2)
  }
}
