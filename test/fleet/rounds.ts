import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../revocation/protocol/simulation/random.ts'
import type { Fleet, FleetNode } from '../support/process/fleet.ts'
import { type Answer, account } from '../support/service.ts'
import type { Fault } from './faults.ts'
import { type Load, type Reply, startLoad, type Token } from './load.ts'

/** What came of some rounds with one fault. */
export interface Tally {
  rounds: number
  requests: number
  /** Requests that started after their token's revocation had been answered, and how many of them were accepted. */
  after: number
  stale: number
  /** Answers that no fault excuses: a live token called revoked, a status other than 204, 401 and 503, a revocation's 500. */
  wrong: number
  /** Requests of the nodes concerned, while the fault lasted, and how many of them got 503. */
  partitioned: number
  refused: number
  /** Requests whose connection broke. */
  broken: number
  slowest_ms: number
  /** Revocations that were answered, those of them that were while the fault lasted, and the longest wait for the fleet. */
  answered: number
  answeredDuring: number
  waited_ms: number
  /** Other answers to a revocation, by status; 0 is a broken connection. */
  unanswered: Record<number, number>
}

/** A fleet with clients that use tokens. */
export interface Field {
  fleet: Fleet
  load: Load
  control: Token
  lease_ms: number
  /** What replies and revocations are counted in. */
  tally: Tally
  fault: { concerned: readonly number[]; lasting: boolean }
}

export function noTally(): Tally {
  return {
    rounds: 0,
    requests: 0,
    after: 0,
    stale: 0,
    wrong: 0,
    partitioned: 0,
    refused: 0,
    broken: 0,
    slowest_ms: 0,
    answered: 0,
    answeredDuring: 0,
    waited_ms: 0,
    unanswered: {},
  }
}

/** @param pause_ms between two requests of one connection */
export async function openField(fleet: Fleet, lease_ms: number, connections: number, pause_ms: number): Promise<Field> {
  const [text = ''] = await takeTokens(fleet.nodes[0] as FleetNode, 1)
  const field: Omit<Field, 'load'> = {
    fleet,
    control: { text, dead: false, control: true },
    lease_ms,
    tally: noTally(),
    fault: { concerned: [], lasting: false },
  }
  const load = startLoad(fleet.nodes, { connections, pause_ms, onReply: (reply) => count(reply, whole) })
  const whole: Field = Object.assign(field, { load })
  return whole
}

function count({ token, deadBefore, status, node, began_ms, ended_ms }: Reply, { tally, fault }: Field): void {
  tally.requests++
  tally.slowest_ms = Math.max(tally.slowest_ms, ended_ms - began_ms)
  if (deadBefore) tally.after++
  if (fault.lasting && fault.concerned.includes(node)) {
    tally.partitioned++
    if (status === 503) tally.refused++
  }
  if (status === undefined) tally.broken++
  else if (deadBefore && status !== 401 && status !== 503) tally.stale++
  else if (![204, 401, 503].includes(status) || (token.control && status === 401)) tally.wrong++
}

let accounts = 0

/** Tokens of a new account. */
async function takeTokens(node: FleetNode, wanted: number): Promise<string[]> {
  const json = { ...account, email: `user-${process.pid}-${++accounts}@example.com` }
  const tokens: string[] = []
  while (tokens.length < wanted) {
    const answer = await node.call('POST', tokens.length === 0 ? '/auth/register' : '/auth/login', { json })
    if (answer.status >= 300) throw new Error(`no token: ${answer.status} ${answer.text}`)
    tokens.push(answer.json.access_token)
  }
  return tokens
}

/** A user's wish to end some of their tokens. */
interface Wish {
  ends: Token[]
  ask: (node: FleetNode) => Promise<Answer>
  /** Statuses that promise that they are dead. A token that is not found any more has been waited for like any other. */
  promises: number[]
}

function wishFor(tokens: [Token, Token, Token], random: Random): Wish {
  const [own, other] = tokens
  const token = own.text
  const id = JSON.parse(Buffer.from(other.text.split('.')[1] as string, 'base64url').toString()).jti
  return random.pick<Wish>([
    { ends: [own], ask: (node) => node.call('POST', '/auth/logout', { token }), promises: [200] },
    { ends: [other], ask: (node) => node.call('DELETE', `/tokens/${id}`, { token }), promises: [200, 404] },
    { ends: tokens, ask: (node) => node.call('DELETE', '/tokens', { token }), promises: [200] },
  ])
}

/** Asks one node after another until one says that it is done, or that somebody has done it before. */
async function revoke({ fleet, load, tally, fault }: Field, { ends, ask, promises }: Wish, first: number) {
  for (let node = first; ; node = (node + 1) % fleet.nodes.length) {
    const answer = await ask(fleet.nodes[node] as FleetNode).catch(() => undefined)
    if (answer !== undefined && promises.includes(answer.status)) {
      for (const token of ends) token.dead = true
      load.burst()
      tally.answered++
      if (fault.lasting) tally.answeredDuring++
      tally.waited_ms = Math.max(tally.waited_ms, answer.json.effective?.waited_ms ?? 0)
      return
    }
    const status = answer?.status ?? 0
    tally.unanswered[status] = (tally.unanswered[status] ?? 0) + 1
    if (status === 500) tally.wrong++
    if (status === 401) return
    await sleep(20)
  }
}

/** Tokens are in use everywhere; a node takes some back; something goes wrong; everything works again. */
export async function runRound(field: Field, fault: Fault, random: Random): Promise<void> {
  const { fleet, load, control, lease_ms, tally } = field
  const victim = random.pick(fleet.nodes)
  const texts = await takeTokens(random.pick(fleet.nodes), 3)
  const tokens = texts.map((text) => ({ text, dead: false, control: false })) as [Token, Token, Token]
  load.use([control, ...tokens])
  await within(
    onEveryNode(field, ({ token, status }) => token === tokens[0] && status === 204),
    'first use',
  )

  field.fault.concerned = fault.name.startsWith('database') ? fleet.nodes.map(({ index }) => index) : [victim.index]
  const wish = wishFor(tokens, random)
  const first = random.below(fleet.nodes.length)
  const begin = sleep(random.pick([0, 0, random.between(0, 10)])).then(() => {
    field.fault.lasting = true
    return fault.begin(fleet, victim, random)
  })
  const revoked = sleep(random.pick([0, random.between(0, 20), random.between(0, lease_ms * 1.5)])).then(() =>
    revoke(field, wish, first),
  )
  await begin
  const patience_ms = lease_ms * random.between(1, 4)
  await (fault.lasts_ms === undefined
    ? Promise.race([revoked.then(() => sleep(lease_ms / 2)), sleep(patience_ms)])
    : sleep(fault.lasts_ms))
  field.fault.lasting = false
  await fault.end(fleet, victim)
  await within(revoked, 'the revocation')
  await within(recovery(field, tokens), 'recovery')
  tally.rounds++
}

/** Every node knows again who is live and who is not, and no request from before still waits. */
async function recovery(field: Field, tokens: Token[]): Promise<void> {
  const healed_ms = performance.now()
  const later = (reply: Reply) => reply.began_ms > healed_ms
  await Promise.all([
    onEveryNode(field, (reply) => later(reply) && reply.token.control && reply.status === 204),
    tokens.some(({ dead }) => dead) &&
      onEveryNode(field, (reply) => later(reply) && reply.token.dead && reply.status === 401),
    field.load.until(() => field.load.oldest_ms() > healed_ms),
  ])
}

async function onEveryNode({ fleet, load }: Field, met: (reply: Reply) => boolean): Promise<void> {
  await Promise.all(fleet.nodes.map(({ index }) => load.until((reply) => reply.node === index && met(reply))))
}

/** Whatever does not come after this long hangs. */
const patience_ms = 30_000

async function within(wait: Promise<unknown>, what: string): Promise<void> {
  const over = new AbortController()
  const hangs = sleep(patience_ms, undefined, { signal: over.signal }).then(() => {
    throw new Error(`${what} did not come within ${patience_ms} ms`)
  })
  await Promise.race([wait, hangs]).finally(() => over.abort())
}
