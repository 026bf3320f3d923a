import { holds, type Instant } from '../revocation/check/lease.ts'
import {
  type Action,
  connected,
  disconnected,
  type Follower,
  giveUpLease,
  take,
  tick,
  wakeAt,
} from '../revocation/feed/follower.ts'
import { parseServerFrame, subprotocol } from '../revocation/feed/frames.ts'
import { type ConnectionError, explainFailure } from './connection-error.ts'
import { unref } from './keys.ts'
import type { Settings, VerifierEvent } from './options.ts'
import { basicOf, feedPath } from './remote.ts'
import { unrefSocketOf } from './unref-socket.ts'

/** Keeps a connection to the feed, and connects again whenever it is lost. Never throws. */
export interface Connection {
  /** Gives the lease up and ends everything. */
  close: () => Promise<void>
}

interface Parts {
  settings: Settings
  follower: Follower
  /** What has to be there before a connection is useful. @throws ConnectionError */
  prepare: () => Promise<void>
  /** Finds out why the server has refused the handshake. */
  explainHandshake: () => Promise<ConnectionError>
  onEvent: (event: VerifierEvent) => void
}

/** Pauses before another attempt: doubled from the first to the last, and multiplied by a random number. */
const firstPause_ms = 1000
const lastPause_ms = 30_000
/** An attempt to connect that takes longer counts as failed. */
const connect_ms = 10_000
/** How long `close` waits for the server to close the connection. */
const closing_ms = 1000

interface State extends Parts {
  socket: WebSocket | undefined
  /** Attempts since the last lease. */
  attempts: number
  timer: ReturnType<typeof setTimeout> | undefined
  /** A lease ran when this was last looked at. */
  live: boolean
  /** What the listener was told last. */
  told: VerifierEvent['type'] | undefined
  closed: boolean
}

export function keepConnected(parts: Parts): Connection {
  const state: State = {
    ...parts,
    socket: undefined,
    attempts: 0,
    timer: undefined,
    live: false,
    told: undefined,
    closed: false,
  }
  void connect(state)
  return { close: () => close(state) }
}

function readClocks(): Instant {
  return { mono_ms: performance.now(), wall_ms: Date.now() }
}

async function connect(state: State): Promise<void> {
  if (state.closed) return
  try {
    await state.prepare()
    if (!state.closed) open(state)
  } catch (error) {
    lose(state, explainFailure(state.settings.server, error))
  }
}

function open(state: State): void {
  const { settings, follower } = state
  const url = settings.server.replace(/^http/, 'ws') + feedPath
  const mark = crypto.randomUUID()
  const headers = { authorization: basicOf(settings), 'latchkey-connection': mark }
  const stopWatching = unrefSocketOf(mark)
  // The standard has no headers, but Node.js, Deno and Bun take them.
  const Socket = WebSocket as new (url: string, options: object) => WebSocket
  const socket = new Socket(url, { protocols: [subprotocol], headers })
  state.socket = socket
  const fail = async () => {
    if (state.socket !== socket) return
    stopWatching()
    leave(state)
    lose(state, await state.explainHandshake())
  }
  schedule(state, connect_ms, fail)
  socket.onopen = () => {
    stopWatching()
    if (state.socket !== socket) return
    const lost = (why: string) => state.socket === socket && lose(state, why)
    socket.onerror = () => lost('the connection failed')
    socket.onclose = ({ code, reason }) => lost(`the connection was closed: ${code}${reason && `, ${reason}`}`)
    // At once: the first message may arrive with the answer to the handshake.
    perform(state, connected(follower, readClocks()))
  }
  socket.onmessage = ({ data }) => {
    if (state.socket !== socket) return
    const frame = typeof data === 'string' ? parseServerFrame(data) : undefined
    perform(state, take(follower, frame, readClocks()))
    if (frame?.type === 'lease' && frame.for_ms > 0) noticeConnection(state)
  }
  socket.onerror = fail
  socket.onclose = fail
}

function perform(state: State, actions: Action[]): void {
  const { socket } = state
  for (const action of actions) {
    if (action.kind === 'reconnect') {
      lose(state, action.why)
      return
    }
    socket?.send(JSON.stringify(action.frame))
  }
  noticeLease(state)
  wake(state)
}

/** Wakes the follower when something is due, and when the lease ends. */
function wake(state: State): void {
  const { follower } = state
  const end_ms = state.live ? (follower.lease?.mono_ms ?? 0) : Number.POSITIVE_INFINITY
  const due_ms = Math.min(wakeAt(follower), end_ms)
  if (due_ms === Number.POSITIVE_INFINITY) return
  schedule(state, Math.max(0, due_ms - performance.now()), () => perform(state, tick(follower, readClocks())))
}

function schedule(state: State, pause_ms: number, act: () => void): void {
  clearTimeout(state.timer)
  state.timer = setTimeout(act, Math.min(pause_ms, 2 ** 31 - 1))
  unref(state.timer)
}

function noticeLease(state: State): void {
  const live = holds(state.follower.lease, readClocks())
  if (live) state.attempts = 0
  const isOver = state.live && !live
  state.live = live
  if (isOver) tell(state, { type: 'stale' })
}

/** A lease was granted. The connection may be another one than the one that granted the lease before. */
function noticeConnection(state: State): void {
  if (state.live && state.told !== 'connected') tell(state, { type: 'connected' })
}

function tell(state: State, event: VerifierEvent): void {
  state.told = event.type
  state.onEvent(event)
}

/** The connection is gone. The lease runs on until its end. */
function leave(state: State): void {
  const { socket, follower } = state
  clearTimeout(state.timer)
  state.socket = undefined
  disconnected(follower)
  socket?.close()
}

/** There is no connection, so another one is opened after a pause. */
function lose(state: State, reason: string | ConnectionError): void {
  leave(state)
  if (state.closed) return
  tell(
    state,
    typeof reason === 'string' ? { type: 'lost', why: reason } : { type: 'lost', why: reason.message, error: reason },
  )
  const pause_ms = Math.min(firstPause_ms * 2 ** state.attempts, lastPause_ms) * (0.5 + Math.random() / 2)
  state.attempts++
  const retry_ms = performance.now() + pause_ms
  waitToConnect(state, retry_ms)
}

/** Waits for the next attempt, and notices if the lease ends before. */
function waitToConnect(state: State, retry_ms: number): void {
  noticeLease(state)
  const now = performance.now()
  if (now >= retry_ms) {
    void connect(state)
    return
  }
  const end_ms = state.live ? (state.follower.lease?.mono_ms ?? now) : Number.POSITIVE_INFINITY
  schedule(state, Math.max(1, Math.min(retry_ms, end_ms) - now), () => waitToConnect(state, retry_ms))
}

async function close(state: State): Promise<void> {
  const { socket, follower } = state
  if (state.closed) return
  state.closed = true
  clearTimeout(state.timer)
  const actions = giveUpLease(follower)
  disconnected(follower)
  if (socket === undefined) return
  const gone = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, closing_ms)
    const end = () => {
      clearTimeout(timer)
      resolve()
    }
    socket.onclose = end
    socket.onerror = end
  })
  const isOpen = socket.readyState === WebSocket.OPEN
  for (const action of isOpen ? actions : []) if (action.kind === 'send') socket.send(JSON.stringify(action.frame))
  socket.close()
  await gone
}
