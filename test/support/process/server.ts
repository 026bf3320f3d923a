import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Answer, type Call, quickSettings, send } from '../service.ts'
import { program } from './latchkey.ts'

const listening = /listen(?:s on|ing at) ((?:http:\/\/|unix:)[^\s"]+)/i

/** `latchkey serve` in its own process. */
export interface ServerProcess {
  address: string
  pid: number
  call: (method: string, path: string, call?: Call) => Promise<Answer>
  /** Everything written to stdout and stderr, in order of arrival. */
  output: () => string
  /** Resolves with the exit code when the process has ended. */
  exit: Promise<number | null>
  /** SIGTERM. Resolves with the exit code. */
  stop: () => Promise<number | null>
  /** SIGKILL. Resolves when the process has ended. */
  kill: () => Promise<void>
}

/**
 * Starts a server in an empty folder, which has no `.env`, and waits until the server prints its address.
 * @throws Error with the output if the process ends earlier
 */
export function startProcess(
  settings: Record<string, string>,
  args: string[] = [],
  path = program,
): Promise<ServerProcess> {
  return startCommand({ ...quickSettings, ...settings }, ['serve', ...args], path)
}

/** Starts a command that listens, such as `latchkey gate`. */
export async function startCommand(
  environment: Record<string, string>,
  args: string[],
  path = program,
): Promise<ServerProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-process-'))
  const server = spawn(process.execPath, [path, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  const exited = once(server, 'close').then(() => {
    rmSync(folder, { recursive: true, force: true })
    return server.exitCode
  })
  const end = (signal: NodeJS.Signals) => {
    server.kill(signal)
    return exited
  }
  const address = await untilListening(server, () => output)
  return {
    address,
    pid: server.pid as number,
    call: (method, path, call) => send(address, method, path, call),
    output: () => output,
    exit: exited,
    stop: () => end('SIGTERM'),
    async kill() {
      await end('SIGKILL')
    },
  }
}

/** Searches the output for the address. The event `close` comes after the last output. */
function untilListening(server: ChildProcess, output: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const search = () => {
      const address = listening.exec(output())?.[1]
      if (address !== undefined) resolve(address)
    }
    server.stdout?.on('data', search)
    server.once('close', (code) => reject(new Error(`latchkey ended with ${code}:\n${output()}`)))
  })
}
