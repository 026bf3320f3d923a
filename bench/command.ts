import { spawnSync } from 'node:child_process'
import { file } from './processes.ts'

/** What a command of `latchkey` took. */
export interface Ran {
  seconds: number
  peak_mb: number
  output: string
}

/** Runs a command of `latchkey` to its end, as its own process. @throws Error if the command fails */
export function runCommand(args: string[], folder: string, settings: Record<string, string>, input = ''): Ran {
  const begin = performance.now()
  const ran = spawnSync(process.execPath, ['--import', file('peak.js'), file('../bin/latchkey.js'), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, LOG_LEVEL: 'error', ...settings },
    input,
    encoding: 'utf8',
  })
  const seconds = (performance.now() - begin) / 1000
  if (ran.status !== 0) throw new Error(`latchkey ${args.join(' ')}: ${ran.stderr}`)
  const peak_kib = Number(/^peak (\d+) KiB$/m.exec(ran.stderr)?.[1])
  return { seconds, peak_mb: peak_kib / 1024, output: ran.stdout }
}
