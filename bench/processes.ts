import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a process has used so far, all its threads together. */
export interface Usage {
  cpu_us: number
  rss_bytes: number
}

/** A server in a process of its own. */
export interface Server {
  /** Such as `http://127.0.0.1:5000`. */
  address: string
  usage: () => Promise<Usage>
  stop: () => Promise<void>
}

const control = new URL('./control.ts', import.meta.url).href

/** A file of this folder, or of the project. */
export function file(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}

/**
 * A process with an IPC channel; it dies with this one. Its environment is what is given here and nothing else, so that no
 * setting of whoever measures gets in.
 */
export function startProcess(args: string[], cwd: string, environment: Record<string, string> = {}): ChildProcess {
  return spawn(process.execPath, ['--import', control, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
}

/** Starts a server that prints its address once it listens. */
export async function startServer(
  args: string[],
  cwd: string,
  environment: Record<string, string> = {},
): Promise<Server> {
  const child = startProcess(args, cwd, environment)
  return {
    address: await addressOf(child),
    usage: async () => (await ask<{ usage: Usage }>(child, 'usage')).usage,
    stop: () => stopProcess(child),
  }
}

/** The real service in `folder`, with its default settings but for these. */
export function startService(folder: string, settings: Record<string, string> = {}): Promise<Server> {
  return startServer([file('../bin/latchkey.js'), 'serve'], folder, { PORT: '0', ...settings })
}

/** The first address that a process prints; what it prints afterwards is read and dropped. */
async function addressOf(child: ChildProcess): Promise<string> {
  let said = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk) => {
      if (said.length < 10_000) said += chunk
      const address = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0]
      if (address !== undefined) resolve(address)
    })
    child.once('exit', (code) => reject(new Error(`${nameOf(child)} ended with ${code} before it listened:\n${said}`)))
  })
}

/** Sends a message to a process and waits for its next one. */
export async function ask<Answer>(child: ChildProcess, message: 'usage' | object): Promise<Answer> {
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
  return child.spawnargs.slice(3).join(' ')
}

export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  await gone
}
