// The load, in a process of its own: told what to send over the IPC channel, it answers with what came back. Plain
// sockets with keep-alive and one request at a time on each: at 5 µs a request it disturbs the server it measures less than
// an HTTP client would.
import { connect, type Socket } from 'node:net'

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
  /** The status that every answer must have. */
  expect: number
}

/** What came back. */
export interface Outcome {
  answered: number
  /** Answers with another status, and requests whose connection broke. */
  failed: number
  seconds: number
  p50_ms: number
  p99_ms: number
  max_ms: number
}

interface Line {
  socket: Socket
  /** When the request that runs was due; 0 when none does. */
  since: number
  received: string
}

process.on('message', async (job: Job) => {
  process.send?.(await run(job))
})

async function run(job: Job): Promise<Outcome> {
  const times: number[] = []
  const lines = await Promise.all(Array.from({ length: job.connections }, () => open(job.port)))
  const idle = [...lines]
  const due: number[] = []
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
    if (status !== job.expect) failed++
    line.since = 0
    if (job.rate === undefined) {
      if (!over) return send(line, now)
    } else if (due.length > 0) return send(line, due.shift() as number)
    idle.push(line)
  }
  const begin = performance.now()
  for (const line of lines) {
    line.socket.on('data', (chunk: string) => receive(line, chunk, finish))
    line.socket.on('close', () => {
      if (line.since > 0) failed++
    })
  }
  if (job.rate === undefined) {
    for (const line of idle.splice(0)) send(line, begin)
  }
  const clock = job.rate === undefined ? undefined : setInterval(tick, 1, job.rate)
  let sent = 0
  function tick(rate: number) {
    const now = performance.now()
    for (; sent < ((now - begin) / 1000) * rate; sent++) {
      const line = idle.pop()
      if (line === undefined) due.push(now)
      else send(line, now)
    }
  }
  await new Promise((resolve) => setTimeout(resolve, job.seconds * 1000))
  over = true
  clearInterval(clock)
  const seconds = (performance.now() - begin) / 1000
  const answered = times.length
  const last = performance.now() + 10_000
  while (lines.some((line) => line.since > 0 && !line.socket.destroyed) && performance.now() < last) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  for (const { socket, since } of lines) {
    if (since > 0) failed++
    socket.destroy()
  }
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  return { answered, failed, seconds, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) }
}

function open(port: number): Promise<Line> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.once('connect', () => resolve({ socket, since: 0, received: '' }))
    socket.once('error', reject)
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
