import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const program = join(import.meta.dirname, '../../../bin/latchkey.js')

/** How a command ended. */
export interface Outcome {
  code: number | null
  stdout: string
  stderr: string
}

/** Settings for the cheapest password hash. */
export const quickHash = { ARGON2_MEMORY_KIB: '8', ARGON2_PASSES: '1' }

/**
 * Runs `latchkey …` in its own process with only these settings, in an empty folder unless `cwd` is given.
 * @param options `command`: the program that runs instead
 */
export async function latchkey(
  args: string[],
  settings: Record<string, string> = {},
  options: { stdin?: string | Buffer; cwd?: string; command?: [string, ...string[]] } = {},
): Promise<Outcome> {
  const cwd = options.cwd ?? mkdtempSync(join(tmpdir(), 'latchkey-cli-'))
  const [file, ...first] = options.command ?? [process.execPath, program]
  const env = { PATH: process.env.PATH, ...quickHash, ...settings }
  // The timeout ends a command that starts to serve by mistake.
  const child = spawn(file, [...first, ...args], { cwd, env, stdio: ['pipe', 'pipe', 'pipe'], timeout: 60_000 })
  const output = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
    })
  }
  // A command that does not read stdin may exit before everything is written.
  child.stdin.on('error', () => {}).end(options.stdin ?? '')
  const [code] = await once(child, 'close')
  if (options.cwd === undefined) rmSync(cwd, { recursive: true, force: true })
  return { code, ...output }
}
