import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, type Call, quickSettings, send } from '../service.ts'

import { program } from './latchkey.ts'

const listening = /listen(?:s on|ing at) (http:\/\/[^\s"]+)/i

/** `latchkey serve` as a process of its own. */
export interface ServerProcess {
  address: string
  pid: number
  call: (method: string, path: string, call?: Call) => Promise<Answer>
  /** All that it has written, to stdout and to stderr, as it came. */
  output: () => string
  /** Resolves with the exit code when it has gone. */
  exit: Promise<number | null>
  /** SIGTERM; resolves with the exit code when it has gone. */
  stop: () => Promise<number | null>
  /** SIGKILL; resolves when it has gone. */
  kill: () => Promise<void>
}

/**
 * Starts it in an empty folder, so that no `.env` says anything, and waits until it has said where it listens.
 * @throws Error with all that it wrote if it ends before
 */
export async function startProcess(
  settings: Record<string, string>,
  args: string[] = [],
  path = program,
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-process-'))
  const server = spawn(process.execPath, [path, 'serve', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...quickSettings, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const gone = once(server, 'close').then(() => {
    rmSync(folder, { recursive: true, force: true })
    return server.exitCode
  })
  const end = (signal: NodeJS.Signals) => {
    server.kill(signal)
    return gone
  }
  const address = await readiness(server, () => output)
  return {
    address,
    pid: server.pid as number,
    call: (method, path, call) => send(address, method, path, call),
    output: () => output,
    exit: gone,
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL')
    },
  }
}

/** Looks at each piece of output for the address; whatever comes last is looked at before the end is. */
function readiness(server: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const address = listening.exec(output())?.[1]
      if (address !== undefined) resolve(address)
    }
    server.stdout?.on('data', look)
    server.once('close', (code) => reject(new Error(`latchkey serve ended with ${code}:\n${output()}`)))
  })
}
