import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../test/postgres.ts'
import { createFolder } from './fixture.ts'
import { file } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

/** From the command to the first answer, each time on an empty folder. */
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
  const port = await freePort()
  const environment = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PORT: String(port),
    DATABASE_URL: `sqlite:${folder}/data/latchkey.db`,
  }
  const begin = performance.now()
  // A process group of its own: npm and what it starts are ended together.
  const child = spawn(command, args, { cwd: folder, env: environment, detached: true, stdio: 'ignore' })
  try {
    await firstAnswer(child, `http://127.0.0.1:${port}/readyz`)
    return performance.now() - begin
  } finally {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
}

const patience_ms = 15_000

async function firstAnswer(child: ChildProcess, url: string): Promise<void> {
  const last = performance.now() + patience_ms
  while (performance.now() < last && child.exitCode === null) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.status === 200) return
    await sleep(5)
  }
  throw new Error(`${child.spawnargs.join(' ')} does not answer`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const gone = once(child, 'exit')
  process.kill(-child.pid, 'SIGTERM')
  await gone
}
