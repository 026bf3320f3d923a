// The load, in a process of its own: told what to send over the IPC channel, it answers with what came back. Plain
// sockets with keep-alive and one request at a time on each: at a few microseconds a request it disturbs the server
// less than an HTTP client would.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What to send. */
export interface Job {
  port: number
  /** Whole HTTP/1.1 requests, sent by turns. */
  requests: string[]
  connections: number
  seconds: number
  /**
   * Requests a second, sent when they are due whether or not earlier ones have been answered (open loop: a server that
   * stalls is asked as often as one that does not). Without it, each connection sends when it has its answer (closed loop).
   */
  rate?: number
  /** The statuses that an answer may have. */
  expect: number[]
}

/** What came back. */
export interface Outcome {
  /** Within the time. */
  answered: number
  /** Answers with another status. */
  failed: number
  /** Requests that had no answer when the patience ended. */
  unanswered: number
  seconds: number
  p50_ms: number
  p99_ms: number
  max_ms: number
}

interface Line {
  socket: Socket
  /** When the request that runs was sent, or was due; 0 when none runs. */
  since: number
  received: string
}

/** How long an answer may take after the last request. */
const patience_ms = 10_000

process.on('message', async (job: Job) => process.send?.(await run(job)))

async function run(job: Job): Promise<Outcome> {
  const lines = await Promise.all(Array.from({ length: job.connections }, () => open(job.port)))
  const idle = [...lines]
  const times: number[] = []
  const unsent: number[] = []
  let next = 0
  let failed = 0
  let over = false
  const send = (line: Line, since: number) => {
    line.since = since
    line.socket.write(job.requests[next++ % job.requests.length] as string, 'latin1')
  }
  const finish = (line: Line, status: number) => {
    const now = performance.now()
    times.push(now - line.since)
    if (!job.expect.includes(status)) failed++
    line.since = 0
    if (job.rate === undefined && !over) send(line, now)
    else if (unsent.length > 0) send(line, unsent.shift() as number)
    else idle.push(line)
  }
  for (const line of lines) line.socket.on('data', (chunk: string) => receive(line, chunk, finish))

  const begin = performance.now()
  if (job.rate === undefined) for (const line of idle.splice(0)) send(line, begin)
  const due = (now: number) => {
    const line = idle.pop()
    if (line === undefined) unsent.push(now)
    else send(line, now)
  }
  const stop = job.rate === undefined ? () => {} : sendAtRate(job.rate, due)
  await sleep(job.seconds * 1000)
  over = true
  stop()
  const seconds = (performance.now() - begin) / 1000
  const answered = times.length
  await drain(lines)
  const running = lines.filter(({ since }) => since > 0).length
  for (const { socket } of lines) socket.destroy()
  return { answered, failed, unanswered: running + unsent.length, seconds, ...summarise(times) }
}

/** Calls `due` so often a second; a tick that comes late calls it for all that it missed. */
function sendAtRate(rate: number, due: (now: number) => void): () => void {
  const begin = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const now = performance.now()
    for (; sent < ((now - begin) / 1000) * rate; sent++) due(now)
  }, 1)
  return () => clearInterval(timer)
}

async function drain(lines: Line[]): Promise<void> {
  const end = performance.now() + patience_ms
  while (lines.some(({ since, socket }) => since > 0 && !socket.destroyed) && performance.now() < end) await sleep(5)
}

function summarise(times: number[]) {
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  return { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) }
}

function open(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.once('connect', () => resolve({ socket, since: 0, received: '' }))
    socket.on('error', reject)
  })
}

function receive(line: Line, chunk: string, finish: (line: Line, status: number) => void): void {
  line.received += chunk
  if (!isWhole(line.received)) return
  const status = Number(line.received.slice(9, 12))
  line.received = ''
  finish(line, status)
}

/** Whether the answer is complete; a connection carries one at a time. */
function isWhole(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n')
  if (head === -1) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1]
  if (length !== undefined) return answer.length >= head + 4 + Number(length)
  return answer.startsWith('HTTP/1.1 204') || answer.endsWith('\r\n0\r\n\r\n')
}
