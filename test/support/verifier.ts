import { EventEmitter, once } from 'node:events'
import { WebSocket } from 'ws'
import { holds } from '../../src/revocation/check/lease.ts'
import { createRevokedSet } from '../../src/revocation/check/revoked-set.ts'
import { createEntrySet } from '../../src/revocation/entry.ts'
import {
  type Action,
  checkFollower,
  connected,
  createFollower,
  disconnected,
  type Follower,
  giveUpLease,
  take,
  tick,
  wakeAt,
} from '../../src/revocation/feed/follower.ts'
import { type ClientFrame, parseServerFrame, type ServerFrame, subprotocol } from '../../src/revocation/feed/frames.ts'
import type { Credentials } from '../../src/services/service.ts'

/** A verifier without keys: the follower's state machine behind a real WebSocket, for tests of the feed. */
export interface TestVerifier {
  follower: Follower
  socket: WebSocket
  /** `frame` with each message of the server, after it was taken. */
  events: EventEmitter
  received: ServerFrame[]
  keys: string[]
  /** What the verifier knows about the token. */
  check: (token: string) => 'live' | 'revoked' | 'ask'
  /** Resolves when a lease runs. */
  leased: () => Promise<void>
  send: (frame: ClientFrame) => void
  /** Takes no message any more, as a process that stands still. */
  standStill: () => void
  /** Gives the lease up, and closes the connection. */
  close: () => Promise<void>
}

function readClocks() {
  return { mono_ms: performance.now(), wall_ms: Date.now() }
}

/** The handshake's headers. */
export function basic({ client_id, client_secret }: Credentials): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${client_id}:${client_secret}`).toString('base64')}` }
}

export function feedUrl(address: string): string {
  return `${address.replace('http', 'ws')}/api/v1/revocations`
}

/** Connects to a server. @param known what an earlier connection has left */
export async function connectVerifier(
  address: string,
  credentials: Credentials,
  known?: Pick<TestVerifier, 'follower' | 'keys'>,
): Promise<TestVerifier> {
  const keys = known?.keys ?? []
  const follower =
    known?.follower ?? createFollower(createEntrySet(createRevokedSet(), { dropKey: (kid) => keys.push(kid) }))
  const socket = new WebSocket(feedUrl(address), subprotocol, { headers: basic(credentials) })
  const events = new EventEmitter()
  const received: ServerFrame[] = []
  let timer: NodeJS.Timeout | undefined
  let still = false
  const send = (frame: ClientFrame) => socket.send(JSON.stringify(frame))
  const perform = (actions: Action[]) => {
    for (const action of actions) {
      if (action.kind === 'send') send(action.frame)
      else {
        events.emit('reconnect', action.why)
        socket.close()
      }
    }
    clearTimeout(timer)
    const due_ms = wakeAt(follower)
    if (still || due_ms === Number.POSITIVE_INFINITY) return
    timer = setTimeout(() => perform(tick(follower, readClocks())), Math.max(0, due_ms - performance.now())).unref()
  }
  socket.on('message', (data) => {
    if (still) return
    const frame = parseServerFrame(String(data))
    if (frame !== undefined) received.push(frame)
    perform(take(follower, frame, readClocks()))
    events.emit('frame', frame)
  })
  socket.on('close', () => {
    clearTimeout(timer)
    disconnected(follower)
    events.emit('frame', undefined)
  })
  // Not after an await: the first message may arrive with the answer to the handshake.
  socket.on('open', () => perform(connected(follower, readClocks())))
  await once(socket, 'open')
  return {
    follower,
    socket,
    events,
    received,
    keys,
    check(token) {
      const { jti, sub, gen = 0, exp } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
      return checkFollower(follower, { jti, sub, gen, exp }, readClocks())
    },
    async leased() {
      while (!holds(follower.lease, readClocks())) {
        const [frame] = await once(events, 'frame')
        if (frame === undefined) throw new Error('the connection is gone')
      }
    },
    send,
    standStill() {
      still = true
      clearTimeout(timer)
    },
    async close() {
      if (socket.readyState === WebSocket.CLOSED) return
      const closed = once(socket, 'close')
      perform(giveUpLease(follower))
      socket.close()
      await closed
    },
  }
}
