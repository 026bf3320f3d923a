import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createFolder } from './fixture.ts'
import { addressOf, file } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

/** Measures the time from the command to the first answer, on an empty folder and with the bundle of an install. */
export async function measureStart(plan: Plan): Promise<Line[]> {
  const npm: number[] = []
  const node: number[] = []
  for (let round = 0; round < plan.rounds; round++) {
    npm.push(await timeStart('npm', ['start', '--prefix', file('..')]))
    node.push(await timeStart(process.execPath, [file('../bin/latchkey.js'), 'serve']))
  }
  return [
    { name: 'npm start to the first 200 of GET /readyz', value: median(npm), unit: 'ms', target: { atMost: 1000 } },
    { name: 'the same without npm', value: median(node), unit: 'ms' },
  ]
}

async function timeStart(command: string, args: string[]): Promise<number> {
  const folder = createFolder()
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PORT: '0',
    DATABASE_URL: `sqlite:${folder}/latchkey.db`,
  }
  const begin = performance.now()
  // A new process group, so that npm and its child processes end together.
  const child = spawn(command, args, {
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    await untilFirstAnswer(child)
    return performance.now() - begin
  } finally {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Asks once, after the process prints its address. Polling would take processor time from the start. */
async function untilFirstAnswer(child: ChildProcess): Promise<void> {
  const { status } = await fetch(`${await addressOf(child)}/readyz`)
  if (status !== 200) throw new Error(`${child.spawnargs.join(' ')} answered ${status}`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  await gone
}
