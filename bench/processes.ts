import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Job, Outcome } from './load.ts'

/** The resource use of a process, with all its threads. */
export interface Usage {
  cpu_us: number
  rss_bytes: number
}

/** A process that is measured, or that measures. */
export interface Process {
  /** Sends a message and waits for the next message from the process. */
  ask: <Answer>(message: object) => Promise<Answer>
  usage: () => Promise<Usage>
  signal: (signal: NodeJS.Signals) => void
  stop: () => Promise<void>
}

/** A process that serves HTTP. */
export interface Server extends Process {
  /** Such as `http://127.0.0.1:5000`. */
  address: string
  port: number
}

/** Returns the absolute path of a file. @param path relative to this folder */
export function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/**
 * Starts a process with an IPC channel. The process ends when this one ends. It gets only the given environment, so
 * that no local setting changes the measurement.
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

/** Starts the real service in `folder` with the default settings except for these. */
export function startService(folder: string, settings: Record<string, string> = {}): Promise<Server> {
  return startServer([file('../bin/latchkey.js'), 'serve'], folder, { PORT: '0', ...settings })
}

/** A process that sends load. */
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
  return {
    ask: (message) => ask(child, message),
    usage: () => ask(child, 'usage'),
    signal: (signal) => child.kill(signal),
    stop: () => stop(child),
  }
}

/** Longest wait for the address of a server. */
const timeout_ms = 15_000

/** Waits until a server prints its address. @throws Error if the server ends or the wait takes too long */
export function addressOf(child: ChildProcess): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${child.spawnargs.join(' ')} ${why}\n${output}`))
    const timer = setTimeout(() => fail('does not listen'), timeout_ms)
    child.stdout?.on('data', (chunk) => {
      if (output.length < 10_000) output += chunk
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0]
      if (address === undefined) return
      clearTimeout(timer)
      resolve(address)
    })
    child.once('exit', (code) => fail(`ended with ${code} before it listened`))
  })
}

async function ask<Answer>(child: ChildProcess, message: 'usage' | object): Promise<Answer> {
  const finished = new AbortController()
  const answered = once(child, 'message', { signal: finished.signal })
  const ended = once(child, 'exit', { signal: finished.signal }).then(([code]) => {
    throw new Error(`${nameOf(child)} ended with ${code}`)
  })
  child.send(message)
  try {
    const [answer] = await Promise.race([answered, ended])
    return answer
  } finally {
    finished.abort()
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
