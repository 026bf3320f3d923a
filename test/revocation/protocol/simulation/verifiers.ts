import { type Entry, type Position, start } from '../../../../src/revocation/entry.ts'
import {
  type Action,
  connected,
  createFollower,
  disconnected,
  type Follower,
  giveUpLease,
  take,
  tick,
  wakeAt,
} from '../../../../src/revocation/feed/follower.ts'
import type { ClientFrame, ServerFrame } from '../../../../src/revocation/feed/frames.ts'
import type { Resumed, VerifierEffect, VerifierEvent } from '../../../../src/revocation/protocol/messages.ts'
import { plan } from './agenda.ts'
import { drawDelay, lease_ms } from './chances.ts'
import { checkClient } from './checker.ts'
import { type Clock, readClock, whenMono } from './clock.ts'
import { createSet, type SlowSet } from './mutations.ts'
import { log, type World } from './world.ts'

/** A service that checks tokens with a verifier, on a machine of its own. */
export interface Client {
  name: string
  clock: Clock
  /** Until this time the machine is paused or suspended. */
  stopped_until: number
  follower: Follower
  set: SlowSet
  link: Link | undefined
  /** Real time of the earliest wake-up that has been planned. */
  wake_at: number
  /** Counts restarts. What was planned for an earlier process is void. */
  starts: number
}

/** A machine that verifiers connect to. */
export interface Server {
  name: string
  /** Until this time the machine is paused or suspended. */
  stopped_until: number
  process: ServerProcess | undefined
}

/** A process that grants leases, on a fleet or alone. */
export interface ServerProcess {
  set: SlowSet
  /** Connections of verifiers. */
  links: Link[]
  /** The longest lease that it grants. */
  granted_ms: number
  takesVerifiers: () => boolean
  /** How often the log has become another one. */
  /** Undefined on SQLite, where the server compares positions. */
  log: () => number | undefined
  /** What the log has after a position. Undefined: it cannot be read. */
  readAfter: (after: Position) => { continues: boolean; entries: Iterable<Entry>; last: Position } | undefined
  hand: (event: VerifierEvent) => void
}

/** A connection. Each direction keeps its order. A broken direction loses what is sent from then on. */
export interface Link {
  id: string
  client: Client
  host: Server
  process: ServerProcess
  toServer: Channel<ClientFrame>
  toClient: Channel<ServerFrame>
  /** The server sends entries to this verifier. */
  begun: boolean
  /** The server's side is closed. */
  closed: boolean
}

interface Channel<M> {
  queue: M[]
  broken: boolean
  /** When the last message that was sent arrives. */
  last_ms: number
}

/** Entries in one message, so that most snapshots have several. */
const entriesPerMessage = 3

export function createClient(world: World, name: string, clock: Clock): Client {
  const set = createClientSet(world)
  const follower = createFollower(set)
  return { name, clock, stopped_until: 0, follower, set, link: undefined, wake_at: Number.POSITIVE_INFINITY, starts: 0 }
}

function createClientSet({ mutation }: World): SlowSet {
  return createSet({ name: mutation.name, holdsBack: mutation.followerHoldsBack === true })
}

/** Starts the service anew, with empty memory. */
export function restartClient(world: World, client: Client): void {
  log(world, () => `${client.name} starts`)
  client.link = undefined
  client.set = createClientSet(world)
  client.follower = createFollower(client.set)
  client.starts++
  client.wake_at = Number.POSITIVE_INFINITY
  connectSoon(world, client)
}

/** Connects to some server, after the pause of the back-off. */
function connectSoon(world: World, client: Client): void {
  const { agenda, random } = world
  const { starts } = client
  plan(agenda, agenda.now_ms + random.between(0, 40), () => {
    if (client.starts === starts && client.link === undefined) connect(world, client)
  })
}

function connect(world: World, client: Client): void {
  const host = world.random.pick(world.reachable)
  const { process } = host
  if (process === undefined || !process.takesVerifiers()) {
    connectSoon(world, client)
    return
  }
  const id = `${client.name}.${++world.ids}`
  const channel = () => ({ queue: [], broken: false, last_ms: 0 })
  const link: Link = {
    id,
    client,
    host,
    process,
    toServer: channel(),
    toClient: channel(),
    begun: false,
    closed: false,
  }
  client.link = link
  process.links.push(link)
  log(world, () => `${client.name} connects to ${host.name} as ${id}`)
  sendToClient(world, link, { type: 'welcome', lease_ms: process.granted_ms })
  perform(world, client, connected(client.follower, readClock(client.clock, world.agenda.now_ms)))
}

/** Plans the arrival of a message behind everything that was sent before it. */
function transmit<M>(
  world: World,
  channel: Channel<M>,
  message: M,
  to: { machine: { stopped_until: number }; take: (message: M) => void },
): void {
  const { agenda, random, chances } = world
  if (channel.broken) return
  channel.last_ms = Math.max(channel.last_ms, agenda.now_ms + drawDelay(random, chances.slow / 2))
  channel.queue.push(message)
  // A machine that stands still takes the messages later, in the same order.
  const arrive = () => {
    const { stopped_until } = to.machine
    if (agenda.now_ms < stopped_until) plan(agenda, stopped_until + random.next(), arrive)
    else to.take(channel.queue.shift() as M)
  }
  plan(agenda, channel.last_ms, arrive)
}

function sendToServer(world: World, link: Link, frame: ClientFrame): void {
  transmit(world, link.toServer, frame, { machine: link.host, take: (arrived) => serve(world, link, arrived) })
}

function sendToClient(world: World, link: Link, frame: ServerFrame): void {
  if (world.trace) log(world, () => `${link.host.name} sends ${link.id} ${JSON.stringify(frame)}`)
  transmit(world, link.toClient, frame, { machine: link.client, take: (arrived) => hear(world, link, arrived) })
}

/** A server process takes a message of a verifier. */
function serve(world: World, link: Link, frame: ClientFrame): void {
  const { agenda, random } = world
  const { host, process, id } = link
  if (host.process !== process || link.closed) return
  if (frame.type !== 'follow') {
    const { type, ...rest } = frame
    const kinds = { renew: 'ask', applied: 'applied', ended: 'ended' } as const
    process.hand({ kind: kinds[type], verifier: id, ...rest } as VerifierEvent)
  } else if (frame.after === undefined) begin(link, undefined)
  else {
    // The server looks in the log whether it still has the verifier's position.
    const { after } = frame
    const known = process.log()
    const { resumesAnywhere = false } = world.mutation
    plan(agenda, agenda.now_ms + drawDelay(random, 0), () => {
      const read = process.readAfter(after)
      const resumed =
        read !== undefined && (read.continues || resumesAnywhere)
          ? {
              entries: [...read.entries],
              last: resumesAnywhere ? beyond : read.last,
              ...(known !== undefined && { log: known }),
            }
          : undefined
      plan(agenda, agenda.now_ms + drawDelay(random, 0), () => begin(link, resumed))
    })
  }
}

/** A position that no log has reached. */
const beyond = { ...start, seq: Number.MAX_SAFE_INTEGER }

function begin(link: Link, resumed: Resumed | undefined): void {
  const { process, id } = link
  if (link.closed) return
  process.hand({ kind: 'follow', verifier: id, service: 'a service', resumed })
}

export function isForVerifiers<E extends { kind: string }>(effect: E | VerifierEffect): effect is VerifierEffect {
  return ['begin', 'publish', 'grant', 'end', 'cut'].includes(effect.kind)
}

/** Sends what a node wants its verifiers to have. */
export function sendToVerifiers(world: World, process: ServerProcess, effect: VerifierEffect): void {
  if (effect.kind === 'publish') {
    for (const link of process.links) if (link.begun && !link.closed) sendEntries(world, link, effect)
    return
  }
  const link = process.links.find(({ id }) => id === effect.verifier)
  if (link === undefined || link.closed) return
  if (effect.kind === 'begin') {
    link.begun = true
    sendEntries(world, link, { entries: effect.entries ?? process.set.dump(), last: effect.last })
  } else if (effect.kind === 'grant') sendToClient(world, link, { type: 'lease', n: effect.n, for_ms: effect.for_ms })
  else if (effect.kind === 'end') sendToClient(world, link, { type: 'end' })
  else close(world, link)
}

type Entries = Omit<ServerFrame & { type: 'entries' }, 'type' | 'last'> & {
  last: Exclude<(ServerFrame & { type: 'entries' })['last'], undefined>
}

function sendEntries(world: World, link: Link, { entries, last }: Entries): void {
  for (let at = 0; at + entriesPerMessage < entries.length; at += entriesPerMessage) {
    const part = entries.slice(at, at + entriesPerMessage)
    sendToClient(world, link, { type: 'entries', entries: part, last: undefined })
  }
  const rest = entries.length % entriesPerMessage || entriesPerMessage
  sendToClient(world, link, { type: 'entries', entries: entries.slice(-rest), last })
}

export function closeLinks(world: World, process: ServerProcess): void {
  for (const link of process.links) close(world, link)
}

/** The server closes the connection. The verifier may not notice. */
function close(world: World, link: Link): void {
  const { agenda, random } = world
  link.closed = true
  const at_ms = Math.max(link.toClient.last_ms, agenda.now_ms) + random.between(0.2, 4)
  if (!link.toClient.broken && random.chance(0.8)) plan(agenda, at_ms, () => lose(world, link))
}

/** A verifier learns that its connection is gone. */
function lose(world: World, link: Link): void {
  const { client } = link
  if (client.link !== link) return
  if (world.agenda.now_ms < client.stopped_until) {
    plan(world.agenda, client.stopped_until + 1, () => lose(world, link))
    return
  }
  client.link = undefined
  disconnected(client.follower)
  connectSoon(world, client)
}

/** A verifier takes a message. */
function hear(world: World, link: Link, frame: ServerFrame): void {
  const { client } = link
  if (client.link !== link) return
  run(world, client, (now) => take(client.follower, frame, now))
}

function run(world: World, client: Client, act: (now: ReturnType<typeof readClock>) => Action[]): void {
  const now = readClock(client.clock, world.agenda.now_ms)
  const actions = act(now)
  world.mutation.afterFollower?.(client.follower, actions, now)
  perform(world, client, actions)
  checkClient(world, client)
}

function perform(world: World, client: Client, actions: Action[]): void {
  for (const action of actions) {
    const { link } = client
    if (link === undefined) continue
    if (action.kind === 'send') {
      if (world.trace) log(world, () => `${link.id} sends ${JSON.stringify(action.frame)}`)
      if (action.frame.type === 'renew')
        world.mutation.onQuestion?.(client.follower, readClock(client.clock, world.agenda.now_ms))
      sendToServer(world, link, action.frame)
    } else breakLink(world, link)
  }
  planWake(world, client)
}

function planWake(world: World, client: Client): void {
  const wake_ms = wakeAt(client.follower)
  if (wake_ms === Number.POSITIVE_INFINITY) return
  const { agenda, random } = world
  const at_ms = Math.max(whenMono(client.clock, wake_ms), agenda.now_ms, client.stopped_until) + random.next()
  if (at_ms >= client.wake_at) return
  client.wake_at = at_ms
  const { starts } = client
  plan(agenda, at_ms, () => {
    if (client.starts !== starts || client.wake_at !== at_ms) return
    client.wake_at = Number.POSITIVE_INFINITY
    if (agenda.now_ms < client.stopped_until) planWake(world, client)
    else run(world, client, (now) => tick(client.follower, now))
  })
}

/** The verifier closes the connection. The server may learn of it late, or never. */
export function breakLink(world: World, link: Link): void {
  const { agenda, random } = world
  const { process, client, id } = link
  log(world, () => `${id} closes`)
  if (client.link === link) {
    client.link = undefined
    disconnected(client.follower)
    connectSoon(world, client)
  }
  if (link.toServer.broken || random.chance(0.2)) return
  plan(agenda, Math.max(link.toServer.last_ms, agenda.now_ms) + random.between(0, 4), () => {
    link.closed = true
    process.hand({ kind: 'unfollow', verifier: id })
  })
}

/** A load balancer sends verifiers to these hosts from now on. Connections that work stay. */
export function moveClients(world: World, hosts: Server[]): void {
  world.reachable = hosts
  for (const { link, follower } of world.clients) {
    if (link === undefined) continue
    const isBroken = link.toServer.broken || link.toClient.broken || link.closed
    const isComplete = follower.connection?.seq !== undefined
    if (isBroken || !isComplete || !hosts.includes(link.host)) breakLink(world, link)
  }
}

/** A direction of a connection breaks, or both. Each side notices only by the other's silence. */
export function cutLink(world: World, link: Link): void {
  const direction = world.random.below(3)
  log(world, () => `${link.id} is cut: ${['to the server', 'to the verifier', 'both'][direction]}`)
  if (direction !== 1) link.toServer.broken = true
  if (direction !== 0) link.toClient.broken = true
}

/** The service ends in an orderly way. */
export function closeClient(world: World, client: Client): void {
  if (world.agenda.now_ms < client.stopped_until) return
  log(world, () => `${client.name} gives its lease up`)
  run(world, client, () => giveUpLease(client.follower))
  plan(world.agenda, world.agenda.now_ms + world.random.between(0, 2 * lease_ms), () => restartClient(world, client))
}
