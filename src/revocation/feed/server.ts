import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Logger } from 'pino'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Entry, Position } from '../entry.ts'
import type { Resumed, VerifierEffect } from '../protocol/messages.ts'
import type { Feed, FeedMetrics } from '../revocation.ts'
import {
  type ClientFrame,
  clientFrameLimit,
  entriesPerFrame,
  formatFrame,
  parseClientFrame,
  type ServerFrame,
  subprotocol,
} from './frames.ts'

/** The WebSocket server of the feed. docs/feed.md defines what it says. */
export interface FeedServer {
  /**
   * Takes over the connection of a request whose credentials are right.
   * @param service id of the service that has sent the request
   */
  accept: (request: IncomingMessage, socket: Duplex, head: Buffer, service: string) => void
  /** As many verifiers are connected as this process takes, which is none while it stops. */
  isFull: () => boolean
  /** Asks every verifier to give up its lease, and closes every connection. */
  stop: () => Promise<void>
  metrics: FeedMetrics
}

/** Close codes (RFC 6455 §7.4.2: 4000 to 4999 are for applications). */
const codes = { leaving: 1001, unreadable: 4400, silent: 4408, reset: 4410, slow: 4413, flood: 4429 }

/** Bytes that wait for one verifier. A verifier that lets more pile up is cut. */
const bufferLimit_bytes = 4 * 1024 * 1024
/** Bytes above which the next part of a snapshot waits. */
const partsBuffer_bytes = 512 * 1024
/** Snapshots that are sent at the same time. */
const snapshotLimit = 4
/** A verifier that takes longer to read one part of a snapshot is cut, so that others get their turn. */
const partLimit_ms = 10_000
/** Verifiers of one process. One costs about 50 kB. */
const connectionLimit = 5000
/** Every verifier sends a question at least once in its lease. */
const silence_ms = 15_000
/** How long a stop waits for verifiers that do not close their connection. */
const closing_ms = 1000
/** Questions in one lease. A verifier sends three, or ten while it gets none. */
const questionLimit = 60

interface Connection {
  readonly id: string
  readonly service: string
  readonly socket: WebSocket
  state: 'new' | 'starting' | 'following'
  /** Messages that must come after the snapshot. Undefined: no snapshot is being sent. */
  backlog: { texts: string[]; bytes: number } | undefined
  /** Messages with a position that were sent and not acknowledged. */
  unacknowledged: number
  heard_ms: number
  questions: number
  questionsSince_ms: number
}

interface State {
  feed: Feed
  log: Logger
  isRegistered: (service: string) => Promise<boolean>
  connections: Map<string, Connection>
  cut: Map<string, number>
  snapshots: { running: number; waiting: (() => void)[] }
  stopping: boolean
}

/** @param isRegistered whether the service still exists, as the database says now */
export function createFeedServer(
  feed: Feed,
  log: Logger,
  isRegistered: (service: string) => Promise<boolean>,
): FeedServer {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: clientFrameLimit,
    perMessageDeflate: false,
    handleProtocols: (offered) => offered.has(subprotocol) && subprotocol,
  })
  const state: State = {
    feed,
    log,
    isRegistered,
    connections: new Map(),
    cut: new Map(),
    snapshots: { running: 0, waiting: [] },
    stopping: false,
  }
  feed.attach((effect) => carryOut(state, effect))
  const sweeper = setInterval(() => cutSilent(state), silence_ms / 3).unref()
  return {
    accept(request, socket, head, service) {
      server.handleUpgrade(request, socket, head, (accepted) => open(state, accepted, service))
    },
    isFull: () => state.stopping || state.connections.size >= connectionLimit,
    async stop() {
      clearInterval(sweeper)
      await closeAll(state)
    },
    metrics: { connected: () => state.connections.size, cut: state.cut },
  }
}

function open(state: State, socket: WebSocket, service: string): void {
  const now = performance.now()
  const connection: Connection = {
    id: randomUUID(),
    service,
    socket,
    state: 'new',
    backlog: undefined,
    unacknowledged: 0,
    heard_ms: now,
    questions: 0,
    questionsSince_ms: now,
  }
  socket.on('error', (error) => state.log.debug({ verifier: connection.id, why: error.message }, 'a verifier failed'))
  state.connections.set(connection.id, connection)
  state.log.info({ verifier: connection.id, service }, 'a verifier connected')
  socket.on('message', (data, isBinary) => {
    connection.heard_ms = performance.now()
    take(state, connection, isBinary ? undefined : parseClientFrame(String(data)))
  })
  socket.on('close', (code) => {
    state.connections.delete(connection.id)
    state.feed.take({ kind: 'unfollow', verifier: connection.id })
    state.log.info({ verifier: connection.id, service, code }, 'a verifier disconnected')
  })
  send(state, connection, { type: 'welcome', lease_ms: state.feed.lease_ms })
}

function take(state: State, connection: Connection, frame: ClientFrame | undefined): void {
  const { feed } = state
  const { id: verifier } = connection
  // What arrives after the server has closed the connection counts no more, except that leases were given up.
  if (connection.socket.readyState !== connection.socket.OPEN && frame?.type !== 'ended') return
  switch (frame?.type) {
    case 'follow':
      if (connection.state !== 'new') cut(state, connection, 'unreadable', 'sent "follow" twice')
      else void start(state, connection, frame.after)
      break
    case 'renew':
      if (isFlood(connection, feed.lease_ms)) cut(state, connection, 'flood', 'asks too often')
      else feed.take({ kind: 'ask', verifier, n: frame.n })
      break
    case 'applied':
      if (--connection.unacknowledged < 0) cut(state, connection, 'unreadable', 'acknowledged more than was sent')
      else feed.take({ kind: 'applied', verifier, seq: frame.seq })
      break
    case 'ended':
      feed.take({ kind: 'ended', verifier })
      connection.socket.close(codes.leaving, 'the lease was given up')
      break
    default:
      cut(state, connection, 'unreadable', 'sent a message that is not of this version')
  }
}

function isFlood(connection: Connection, lease_ms: number): boolean {
  const now = performance.now()
  if (now >= connection.questionsSince_ms + lease_ms) {
    connection.questionsSince_ms = now
    connection.questions = 0
  }
  return ++connection.questions > questionLimit
}

/** Looks in the log whether a returning verifier needs only what is new. */
async function start(state: State, connection: Connection, after: Position | undefined): Promise<void> {
  connection.state = 'starting'
  const { feed, log } = state
  const { id: verifier, service } = connection
  let resumed: Resumed | undefined
  try {
    resumed = after && (await feed.resume(after))
  } catch (error) {
    log.debug({ verifier, why: (error as Error).message }, 'the log cannot be read, so a verifier gets everything')
  }
  if (state.connections.has(verifier)) feed.take({ kind: 'follow', verifier, service, resumed })
}

/** Sends what the protocol wants verifiers to have. */
function carryOut(state: State, effect: VerifierEffect): void {
  if (effect.kind === 'publish') {
    const text = formatFrame({ type: 'entries', entries: effect.entries, last: effect.last })
    for (const connection of state.connections.values()) {
      if (connection.state !== 'following') continue
      connection.unacknowledged++
      sendText(state, connection, text)
    }
    return
  }
  const connection = state.connections.get(effect.verifier)
  if (connection === undefined) return
  switch (effect.kind) {
    case 'begin':
      connection.state = 'following'
      void sendSnapshot(state, connection, effect.entries ?? state.feed.entries(), effect.last)
      break
    case 'grant':
      send(state, connection, { type: 'lease', n: effect.n, for_ms: effect.for_ms })
      break
    case 'end':
      send(state, connection, { type: 'end' })
      break
    case 'cut':
      cut(state, connection, 'reset', effect.why)
  }
}

/** Sends entries in parts. What is published in between comes after them. */
async function sendSnapshot(
  state: State,
  connection: Connection,
  entries: Iterable<Entry>,
  last: Position,
): Promise<void> {
  const { socket, service } = connection
  const backlog = { texts: [], bytes: 0 }
  connection.backlog = backlog
  const done = await takeTurn(state.snapshots)
  try {
    let part: Entry[] = []
    for (const entry of entries) {
      part.push(entry)
      if (part.length < entriesPerFrame) continue
      await sendPart(state, connection, formatFrame({ type: 'entries', entries: part, last: undefined }))
      if (socket.readyState !== socket.OPEN) return
      part = []
    }
    // A removal cuts only verifiers that follow, and this one may have connected before the removal.
    if (!(await state.isRegistered(service).catch(() => false))) {
      cut(state, connection, 'reset', 'belongs to a service that cannot be found')
      return
    }
    connection.unacknowledged++
    await sendPart(state, connection, formatFrame({ type: 'entries', entries: part, last }))
  } finally {
    done()
  }
  connection.backlog = undefined
  for (const text of backlog.texts) sendText(state, connection, text)
}

/** Waits until fewer snapshots are being sent than the limit. @returns what to call at the end */
async function takeTurn(snapshots: State['snapshots']): Promise<() => void> {
  if (snapshots.running < snapshotLimit) snapshots.running++
  else await new Promise<void>((resolve) => snapshots.waiting.push(resolve))
  return () => {
    const next = snapshots.waiting.shift()
    if (next === undefined) snapshots.running--
    else next()
  }
}

/** Resolves when the connection has room for more, or is closed. */
async function sendPart(state: State, connection: Connection, text: string): Promise<void> {
  const { socket } = connection
  const sent = new Promise<unknown>((resolve) => socket.send(text, resolve))
  if (socket.bufferedAmount <= partsBuffer_bytes) return new Promise((resolve) => setImmediate(resolve))
  const timer = setTimeout(() => cut(state, connection, 'slow', 'reads too slowly'), partLimit_ms)
  await sent.finally(() => clearTimeout(timer))
}

function send(state: State, connection: Connection, frame: ServerFrame): void {
  sendText(state, connection, formatFrame(frame))
}

function sendText(state: State, connection: Connection, text: string): void {
  const { socket, backlog } = connection
  if (backlog !== undefined) {
    backlog.texts.push(text)
    backlog.bytes += text.length
  } else if (socket.readyState === socket.OPEN) socket.send(text)
  if (socket.bufferedAmount + (backlog?.bytes ?? 0) > bufferLimit_bytes)
    cut(state, connection, 'slow', 'reads too slowly')
}

function cut(state: State, connection: Connection, reason: keyof typeof codes, why: string): void {
  const { socket, id: verifier, service } = connection
  if (socket.readyState !== socket.OPEN) return
  state.cut.set(reason, (state.cut.get(reason) ?? 0) + 1)
  state.log.warn({ verifier, service, why }, 'a verifier was cut')
  connection.backlog = undefined
  socket.close(codes[reason], why)
  // A client that does not read would never answer the close.
  if (reason === 'slow' || reason === 'silent') socket.terminate()
}

function cutSilent(state: State): void {
  const limit_ms = performance.now() - silence_ms - 2 * state.feed.lease_ms
  for (const connection of state.connections.values()) {
    if (connection.heard_ms < limit_ms) cut(state, connection, 'silent', 'is silent')
  }
}

async function closeAll(state: State): Promise<void> {
  state.stopping = true
  const closed = [...state.connections.values()].map((connection) => {
    const { socket } = connection
    // Not `once` of node:events, which fails at an error: an invalid frame must not stop the stop.
    const gone = new Promise((resolve) => socket.once('close', resolve))
    connection.backlog = undefined
    if (socket.readyState === socket.OPEN) socket.send(formatFrame({ type: 'end' }))
    const timer = setTimeout(() => socket.terminate(), closing_ms)
    return gone.finally(() => clearTimeout(timer))
  })
  await Promise.all(closed)
}
