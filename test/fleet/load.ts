import { connect, type Socket } from 'node:net'
import type { FleetNode } from '../support/process/fleet.ts'

/** A token in use. `dead` is set in the turn of the event loop in which the revocation is answered. */
export interface Token {
  text: string
  /** The revocation is answered. Requests that start later must be refused. */
  dead: boolean
  /** No client revokes this token, so no node may answer 401. */
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

/** Clients that use tokens all the time. Each connection carries one request at a time. */
export interface Load {
  use: (tokens: Token[]) => void
  /** Immediately starts a request on every idle connection. */
  burst: () => void
  /** Resolves when `matches` accepts a reply. */
  until: (matches: (reply: Reply) => boolean) => Promise<void>
  /** When the oldest running request began. Infinite if no request runs. */
  oldest_ms: () => number
  stop: () => void
}

interface Options {
  /** Connections to each node. */
  connections: number
  /** Mean pause between an answer and the next request of the connection. */
  pause_ms: number
  onReply: (reply: Reply) => void
}

interface Connection {
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
  let started = 0
  let stopped = false

  const send = (connection: Connection) => {
    const token = tokens[started++ % tokens.length]
    if (stopped || connection.socket?.readyState !== 'open' || token === undefined) return
    clearTimeout(connection.timer)
    connection.request = { token, deadBefore: token.dead, began_ms: performance.now() }
    connection.socket.write(requestWith(connection.node.checkPath, token.text), 'latin1')
  }
  const finish = (connection: Connection, status: number | undefined) => {
    const { request } = connection
    if (request === undefined) return
    connection.request = undefined
    const reply = { ...request, node: connection.node.index, status, ended_ms: performance.now() }
    onReply(reply)
    for (const watch of watchers) watch(reply)
  }
  const next = (connection: Connection) => {
    if (pause_ms === 0) send(connection)
    else connection.timer = setTimeout(send, pause_ms * (0.5 + Math.random()), connection)
  }
  const answered = (connection: Connection, status: number) => {
    finish(connection, status)
    next(connection)
  }
  const broken = (connection: Connection) => {
    clearTimeout(connection.timer)
    finish(connection, undefined)
    if (!stopped) connection.timer = setTimeout(open, reconnect_ms, connection, { connected: send, answered, broken })
  }
  const opened = nodes.flatMap((node) =>
    Array.from({ length: connections }, (): Connection => {
      return { node, socket: undefined, request: undefined, received: '', timer: undefined }
    }),
  )
  for (const connection of opened) open(connection, { connected: send, answered, broken })

  return {
    use(used) {
      tokens = used
      for (const connection of opened) if (connection.request === undefined) send(connection)
    },
    burst() {
      for (const connection of opened) if (connection.request === undefined) send(connection)
    },
    until(matches) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const watch = (reply: Reply) => {
        if (!matches(reply)) return
        watchers.delete(watch)
        resolve()
      }
      watchers.add(watch)
      return promise
    },
    oldest_ms: () => Math.min(...opened.map(({ request }) => request?.began_ms ?? Number.POSITIVE_INFINITY)),
    stop() {
      stopped = true
      for (const { timer, socket } of opened) {
        clearTimeout(timer)
        socket?.destroy()
      }
    },
  }
}

interface Events {
  connected: (connection: Connection) => void
  answered: (connection: Connection, status: number) => void
  broken: (connection: Connection) => void
}

/** Connects to the current address of the node. */
function open(connection: Connection, { connected, answered, broken }: Events): void {
  const port = Number(new URL(connection.node.address()).port)
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  socket.setEncoding('latin1')
  socket.on('connect', () => {
    connection.received = ''
    connection.socket = socket
    connected(connection)
  })
  socket.on('data', (chunk: string) => {
    connection.received += chunk
    const status = statusOf(connection.received)
    if (status === undefined) return
    connection.received = ''
    answered(connection, status)
  })
  socket.on('error', () => {})
  socket.on('close', () => broken(connection))
}

function requestWith(path: string, token: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`
}

/** Returns the status of a complete answer, or undefined if the answer is incomplete. */
function statusOf(received: string): number | undefined {
  const head = received.indexOf('\r\n\r\n')
  if (head === -1) return undefined
  const length = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, head + 2))?.[1] ?? '0'
  return received.length >= head + 4 + Number(length) ? Number(received.slice(9, 12)) : undefined
}
