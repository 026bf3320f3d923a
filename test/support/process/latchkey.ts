import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const program = join(import.meta.dirname, '../../../bin/latchkey.js')

/** What a command left behind. */
export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/** Settings that make a hash cost next to nothing. */
export const quickHash = { ARGON2_MEMORY_KIB: '8', ARGON2_PASSES: '1' }

/**
 * Runs `latchkey …` as a process of its own, with these settings and nothing else, in an empty folder if none is named.
 * @param options `command`: what runs instead of it
 */
export async function latchkey(
  args: string[],
  settings: Record<string, string> = {},
  options: { stdin?: string | Buffer; cwd?: string; command?: [string, ...string[]] } = {},
): Promise<Outcome> {
  const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), 'latchkey-cli-'))
  const [file, ...first] = options.command ?? [process.execPath, program]
  const env = { PATH: process.env.PATH, ...quickHash, ...settings }
  // A command that should have ended and serves instead must not hold up everything.
  const child = spawn(file, [...first, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000 })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] += text
    })
  }
  // A command that reads nothing may be gone before all is written.
  child.stdin.on('error', () => {}).end(options.stdin ?? '')
  const [code] = await once(child, 'close')
  if (options.cwd === undefined) rmSync(cwd, { recursive: true, force: true })
  return { code, ...said }
}
