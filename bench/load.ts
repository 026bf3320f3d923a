// Sends load from its own process, which receives jobs over the IPC channel and answers with their outcomes. Plain
// sockets with keep-alive and one request at a time cost a few microseconds per request. An HTTP client would disturb
// the server more.
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What to send. */
export interface Job {
  port: number
  /** Complete HTTP/1.1 requests, sent in turn. */
  requests: string[]
  connections: number
  seconds: number
  /**
   * Requests per second, sent when they are due even if earlier requests are not answered (open loop). Without a rate,
   * each connection sends its next request after the answer (closed loop).
   */
  rate?: number
  /** The statuses that an answer may have. */
  expect: number[]
}

/** The result of a job. */
export interface Outcome {
  /** Answers within the time of the job. */
  answered: number
  /** Answers with another status. */
  failed: number
  /** Requests without an answer at the timeout. */
  unanswered: number
  seconds: number
  p50_ms: number
  p99_ms: number
  max_ms: number
}

interface Connection {
  socket: Socket
  /** When the running request was sent or due. 0 if no request runs. */
  since: number
  received: string
}

/** How long to wait for answers after the last request. */
const timeout_ms = 10_000

process.on('message', async (job: Job) => process.send?.(await run(job)))

async function run(job: Job): Promise<Outcome> {
  const connections = await Promise.all(Array.from({ length: job.connections }, () => open(job.port)))
  const idle = [...connections]
  const times: number[] = []
  const unsent: number[] = []
  let next = 0
  let failed = 0
  let ended = false
  const send = (connection: Connection, since: number) => {
    connection.since = since
    connection.socket.write(job.requests[next++ % job.requests.length] as string, 'latin1')
  }
  const finish = (connection: Connection, status: number) => {
    const now = performance.now()
    times.push(now - connection.since)
    if (!job.expect.includes(status)) failed++
    connection.since = 0
    if (job.rate === undefined && !ended) send(connection, now)
    else if (unsent.length > 0) send(connection, unsent.shift() as number)
    else idle.push(connection)
  }
  for (const connection of connections)
    connection.socket.on('data', (chunk: string) => receive(connection, chunk, finish))

  const begin = performance.now()
  if (job.rate === undefined) for (const connection of idle.splice(0)) send(connection, begin)
  const due = (now: number) => {
    const connection = idle.pop()
    if (connection === undefined) unsent.push(now)
    else send(connection, now)
  }
  const stop = job.rate === undefined ? () => {} : sendAtRate(job.rate, due)
  await sleep(job.seconds * 1000)
  ended = true
  stop()
  const seconds = (performance.now() - begin) / 1000
  const answered = times.length
  await drain(connections)
  const running = connections.filter(({ since }) => since > 0).length
  for (const { socket } of connections) socket.destroy()
  return { answered, failed, unanswered: running + unsent.length, seconds, ...summarise(times) }
}

/** Calls `due` at this rate per second. A late tick makes the missed calls. */
function sendAtRate(rate: number, due: (now: number) => void): () => void {
  const begin = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const now = performance.now()
    for (; sent < ((now - begin) / 1000) * rate; sent++) due(now)
  }, 1)
  return () => clearInterval(timer)
}

async function drain(connections: Connection[]): Promise<void> {
  const end = performance.now() + timeout_ms
  while (connections.some(({ since, socket }) => since > 0 && !socket.destroyed) && performance.now() < end)
    await sleep(5)
}

function summarise(times: number[]) {
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN
  return { p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) }
}

function open(port: number): Promise<Connection> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    socket.setEncoding('latin1')
    socket.once('connect', () => resolve({ socket, since: 0, received: '' }))
    socket.on('error', reject)
  })
}

function receive(
  connection: Connection,
  chunk: string,
  finish: (connection: Connection, status: number) => void,
): void {
  connection.received += chunk
  if (!isComplete(connection.received)) return
  const status = Number(connection.received.slice(9, 12))
  connection.received = ''
  finish(connection, status)
}

/** Whether the answer is complete. A connection carries one answer at a time. */
function isComplete(answer: string): boolean {
  const head = answer.indexOf('\r\n\r\n')
  if (head === -1) return false
  const length = /\r\ncontent-length: (\d+)/i.exec(answer)?.[1]
  if (length !== undefined) return answer.length >= head + 4 + Number(length)
  return answer.startsWith('HTTP/1.1 204') || answer.endsWith('\r\n0\r\n\r\n')
}
