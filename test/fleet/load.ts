import { connect, type Socket } from 'node:net'
import type { FleetNode } from '../support/process/fleet.ts'

/** A token in use. What is promised of it is kept here, in the turn of the event loop in which the answer came. */
export interface Token {
  text: string
  /** Its revocation has been answered: requests that start from here on must be refused. */
  dead: boolean
  /** Nobody revokes it: it must never count as revoked. */
  control: boolean
}

/** One request that has ended. */
export interface Reply {
  node: number
  token: Token
  /** Whether the token was dead before the first byte was written. */
  deadBefore: boolean
  /** Undefined: the connection broke. */
  status: number | undefined
  began_ms: number
  ended_ms: number
}

/** Clients that use tokens without pause: so many connections to each node, one request at a time on each. */
export interface Load {
  use: (tokens: Token[]) => void
  /** Starts a request on every connection that is between two, right now. */
  burst: () => void
  /** Resolves once `met` has said true about a reply. */
  until: (met: (reply: Reply) => boolean) => Promise<void>
  /** Begin of the oldest request that still runs. */
  oldest_ms: () => number
  stop: () => void
}

interface Options {
  connections: number
  /** Between an answer and the connection's next request. */
  pause_ms: number
  onReply: (reply: Reply) => void
}

interface Line {
  node: FleetNode
  socket: Socket | undefined
  request: { token: Token; deadBefore: boolean; began_ms: number } | undefined
  received: string
  timer: NodeJS.Timeout | undefined
}

const reconnect_ms = 20

export function startLoad(nodes: FleetNode[], { connections, pause_ms, onReply }: Options): Load {
  const watchers = new Set<(reply: Reply) => void>()
  let tokens: Token[] = []
  let turn = 0
  let stopped = false

  const send = (line: Line) => {
    const token = tokens[turn++ % tokens.length]
    if (stopped || line.socket?.readyState !== 'open' || token === undefined) return
    clearTimeout(line.timer)
    line.request = { token, deadBefore: token.dead, began_ms: performance.now() }
    line.socket.write(requestWith(token.text), 'latin1')
  }
  const finish = (line: Line, status: number | undefined) => {
    const { request } = line
    if (request === undefined) return
    line.request = undefined
    const reply = { ...request, node: line.node.index, status, ended_ms: performance.now() }
    onReply(reply)
    for (const watch of watchers) watch(reply)
  }
  const next = (line: Line) => {
    if (pause_ms === 0) send(line)
    else line.timer = setTimeout(send, pause_ms * (0.5 + Math.random()), line)
  }
  const answered = (line: Line, status: number) => {
    finish(line, status)
    next(line)
  }
  const broken = (line: Line) => {
    clearTimeout(line.timer)
    finish(line, undefined)
    if (!stopped) line.timer = setTimeout(dial, reconnect_ms, line, { open: send, answered, broken })
  }
  const lines = nodes.flatMap((node) =>
    Array.from({ length: connections }, (): Line => {
      return { node, socket: undefined, request: undefined, received: '', timer: undefined }
    }),
  )
  for (const line of lines) dial(line, { open: send, answered, broken })

  return {
    use(used) {
      tokens = used
      for (const line of lines) if (line.request === undefined) send(line)
    },
    burst() {
      for (const line of lines) if (line.request === undefined) send(line)
    },
    until(met) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const watch = (reply: Reply) => {
        if (!met(reply)) return
        watchers.delete(watch)
        resolve()
      }
      watchers.add(watch)
      return promise
    },
    oldest_ms: () => Math.min(...lines.map(({ request }) => request?.began_ms ?? Number.POSITIVE_INFINITY)),
    stop() {
      stopped = true
      for (const { timer, socket } of lines) {
        clearTimeout(timer)
        socket?.destroy()
      }
    },
  }
}

interface Events {
  open: (line: Line) => void
  answered: (line: Line, status: number) => void
  broken: (line: Line) => void
}

/** Connects to wherever the node listens now. */
function dial(line: Line, { open, answered, broken }: Events): void {
  const port = Number(new URL(line.node.address()).port)
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1')
  socket.on('connect', () => {
    line.received = ''
    line.socket = socket
    open(line)
  })
  socket.on('data', (chunk: string) => {
    line.received += chunk
    const status = statusOf(line.received)
    if (status === undefined) return
    line.received = ''
    answered(line, status)
  })
  socket.on('error', () => {})
  socket.on('close', () => broken(line))
}

function requestWith(token: string): string {
  return `GET /api/v1/auth/check HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`
}

/** The status of a whole answer; undefined while some of it is missing. */
function statusOf(received: string): number | undefined {
  const head = received.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, head + 2))?.[1] ?? '0'
  return received.length >= head + 4 + Number(length) ? Number(received.slice(9, 12)) : undefined
}
