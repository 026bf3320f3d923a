import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { quickHash } from './latchkey.ts'

/** A command on a pseudo-terminal. */
export interface Terminal {
  /** Waits until the screen shows this text after the text of the previous wait. */
  shows: (text: string) => Promise<void>
  type: (text: string) => void
  /** Everything that the screen has shown so far. */
  screen: () => string
  /** Waits until the command ends. Resolves with everything that the screen has shown, and the exit code. */
  end: () => Promise<{ screen: string; code: number | null }>
}

/**
 * Runs a shell command on a terminal, by `script` of util-linux (part of every Debian). The terminal and its processes
 * end with the test.
 */
export function openTerminal(
  t: { after: (undo: () => unknown) => void },
  line: string,
  settings: Record<string, string>,
): Terminal {
  const child = spawn('script', ['--quiet', '--return', '--flush', '--command', line, '/dev/null'], {
    env: { PATH: process.env.PATH, TERM: 'xterm', SHELL: '/bin/sh', ...quickHash, ...settings },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill())
  let screen = ''
  let seen = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
  })
  const ended = once(child, 'close')
  return {
    async shows(text) {
      while (!screen.includes(text, seen)) {
        const [more] = await Promise.race([once(child.stdout, 'data'), ended.then(() => [undefined])])
        if (more === undefined && !screen.includes(text, seen))
          throw new Error(`the screen never showed ${text}: ${screen}`)
      }
      seen = screen.indexOf(text, seen) + text.length
    },
    type: (text) => void child.stdin.write(text),
    screen: () => screen,
    async end() {
      const [code] = await ended
      return { screen, code }
    },
  }
}
