import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Job, Outcome } from './load.ts'

/** What a process has used so far, all its threads together. */
export interface Usage {
  cpu_us: number
  rss_bytes: number
}

/** A process that is measured, or that measures. */
export interface Process {
  /** Sends a message and waits for the next one that comes back. */
  ask: <Answer>(message: object) => Promise<Answer>
  usage: () => Promise<Usage>
  stop: () => Promise<void>
}

/** A process that serves HTTP. */
export interface Server extends Process {
  /** Such as `http://127.0.0.1:5000`. */
  address: string
  port: number
}

/** A file of this folder, or of the project. */
export function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/**
 * A process with an IPC channel, which ends with this one. Its environment is what is given here and nothing else, so that
 * no setting of whoever measures gets in.
 */
export function startProcess(args: string[], folder: string, environment: Record<string, string> = {}): Process {
  return wrap(spawnNode(args, folder, environment))
}

/** Starts a server that prints its address once it listens. */
export async function startServer(
  args: string[],
  folder: string,
  environment: Record<string, string> = {},
): Promise<Server> {
  const child = spawnNode(args, folder, environment)
  const address = await addressOf(child)
  return { ...wrap(child), address, port: Number(new URL(address).port) }
}

/** The real service in `folder`, with its default settings but for these. */
export function startService(folder: string, settings: Record<string, string> = {}): Promise<Server> {
  return startServer([file('../bin/latchkey.js'), 'serve'], folder, { PORT: '0', ...settings })
}

/** What sends the load. */
export interface Load {
  send: (job: Job) => Promise<Outcome>
  stop: () => Promise<void>
}

export function startLoad(): Load {
  const { ask, stop } = startProcess([file('load.ts')], '.')
  return { send: ask, stop }
}

function spawnNode(args: string[], folder: string, environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, ['--import', file('control.js'), ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
}

function wrap(child: ChildProcess): Process {
  child.stdout?.resume()
  return { ask: (message) => ask(child, message), usage: () => ask(child, 'usage'), stop: () => stop(child) }
}

/** Longest wait for a server; a fault of the service must not stop the bench for ever. */
const patience_ms = 15_000

/** Where a server that was spawned says it listens. */
export function addressOf(child: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    const give = (why: string) => reject(new Error(`${child.spawnargs.join(' ')} ${why}\n${said}`))
    const timer = setTimeout(() => give('does not listen'), patience_ms)
    child.stdout?.on('data', (chunk) => {
      if (said.length < 10_000) said += chunk
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    })
    child.once('exit', (code) => give(`ended with ${code} before it listened`))
  })
}

async function ask<Answer>(child: ChildProcess, message: 'usage' | object): Promise<Answer> {
  const over = new AbortController()
  const answered = once(child, 'message', { signal: over.signal })
  const ended = once(child, 'exit', { signal: over.signal }).then(([code]) => {
    throw new Error(`${nameOf(child)} ended with ${code}`)
  })
  child.send(message)
  try {
    const [answer] = await Promise.race([answered, ended])
    return answer
  } finally {
    over.abort()
  }
}

function nameOf(child: ChildProcess): string {
  return child.spawnargs.slice(3, 5).join(' ')
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
