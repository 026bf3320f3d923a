import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../revocation/protocol/simulation/random.ts'
import type { Fleet, FleetNode } from '../support/process/fleet.ts'
import { type Answer, account } from '../support/service.ts'
import type { Fault } from './faults.ts'
import { type Load, type Reply, startLoad, type Token } from './load.ts'

/** The counts of some rounds with one fault. */
export interface Tally {
  rounds: number
  requests: number
  /** Requests that started after the revocation of their token was answered, and how many of them were accepted. */
  after: number
  stale: number
  /** Answers that no fault explains: 401 for the control token, 500 to a revocation, or not 204, 401 or 503. */
  wrong: number
  /** Requests to the affected nodes during the fault, and how many of them got 503. */
  partitioned: number
  refused: number
  /** Requests that ended with a broken connection. */
  broken: number
  slowest_ms: number
  /** Answered revocations, how many of them were answered during the fault, and the longest wait for the fleet. */
  answered: number
  answeredDuring: number
  waited_ms: number
  /** Other answers to a revocation, by status. 0 is a broken connection. */
  unanswered: Record<number, number>
}

/** A fleet with clients that use tokens. */
export interface Experiment {
  fleet: Fleet
  load: Load
  control: Token
  lease_ms: number
  /** Counts the replies and the revocations. */
  tally: Tally
  /** The nodes that check tokens: those of the fleet, and verifiers behind them. Their indexes are their places. */
  checkers: FleetNode[]
  /** The nodes that faults affect. */
  victims: FleetNode[]
  /** Another way to revoke a token by its id, such as a command. */
  revokeById: ((id: string) => Promise<Answer>) | undefined
  /** Indexes of the affected nodes, and whether the fault is active. */
  fault: { affected: readonly number[]; active: boolean }
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

/**
 * @param pause_ms mean pause between two requests of one connection
 * @param verifiers check tokens too, and have the faults
 */
export async function startExperiment(
  fleet: Fleet,
  lease_ms: number,
  connections: number,
  pause_ms: number,
  verifiers: FleetNode[] = [],
): Promise<Experiment> {
  const [text = ''] = await takeTokens(fleet.nodes[0] as FleetNode, 1)
  const parts: Omit<Experiment, 'load'> = {
    fleet,
    control: { text, dead: false, control: true },
    lease_ms,
    tally: noTally(),
    checkers: [...fleet.nodes, ...verifiers],
    victims: verifiers.length > 0 ? verifiers : fleet.nodes,
    revokeById: undefined,
    fault: { affected: [], active: false },
  }
  const load = startLoad(parts.checkers, { connections, pause_ms, onReply: (reply) => count(reply, experiment) })
  const experiment: Experiment = Object.assign(parts, { load })
  return experiment
}

function count({ token, deadBefore, status, node, began_ms, ended_ms }: Reply, { tally, fault }: Experiment): void {
  tally.requests++
  tally.slowest_ms = Math.max(tally.slowest_ms, ended_ms - began_ms)
  if (deadBefore) tally.after++
  if (fault.active && fault.affected.includes(node)) {
    tally.partitioned++
    if (status === 503) tally.refused++
  }
  if (status === undefined) tally.broken++
  else if (deadBefore && status !== 401 && status !== 503) tally.stale++
  else if (![204, 401, 503].includes(status) || (token.control && status === 401)) tally.wrong++
}

let accounts = 0

/** Returns tokens of a new account. */
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

/** A request that revokes some tokens. */
interface Revocation {
  ends: Token[]
  send: (node: FleetNode) => Promise<Answer>
  /** Statuses that confirm the revocation. 404 also waits for the fleet: an earlier attempt has revoked the token. */
  confirming: number[]
}

function pickRevocation({ revokeById }: Experiment, tokens: [Token, Token, Token], random: Random): Revocation {
  const [own, other] = tokens
  const token = own.text
  const id = JSON.parse(Buffer.from(other.text.split('.')[1] as string, 'base64url').toString()).jti
  if (revokeById !== undefined) return { ends: [other], send: () => revokeById(id), confirming: [200] }
  return random.pick<Revocation>([
    { ends: [own], send: (node) => node.call('POST', '/auth/logout', { token }), confirming: [200] },
    { ends: [other], send: (node) => node.call('DELETE', `/tokens/${id}`, { token }), confirming: [200, 404] },
    { ends: tokens, send: (node) => node.call('DELETE', '/tokens', { token }), confirming: [200] },
  ])
}

/** Asks one node after another until one confirms. 401: an earlier attempt has revoked the caller's own token. */
async function revoke(
  { fleet, load, tally, fault }: Experiment,
  { ends, send, confirming }: Revocation,
  first: number,
) {
  for (let node = first; ; node = (node + 1) % fleet.nodes.length) {
    const answer = await send(fleet.nodes[node] as FleetNode).catch(() => undefined)
    if (answer !== undefined && confirming.includes(answer.status)) {
      for (const token of ends) token.dead = true
      load.burst()
      tally.answered++
      if (fault.active) tally.answeredDuring++
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

/** Uses tokens on all nodes, revokes some of them around a fault, and waits until all nodes work again. */
export async function runRound(experiment: Experiment, fault: Fault, random: Random): Promise<void> {
  const { fleet, load, control, lease_ms, tally, checkers } = experiment
  const victim = random.pick(fault.onServer ? fleet.nodes : experiment.victims)
  const texts = await takeTokens(random.pick(fleet.nodes), 3)
  const tokens = texts.map((text) => ({ text, dead: false, control: false })) as [Token, Token, Token]
  load.use([control, ...tokens])
  await within(
    onEveryNode(experiment, ({ token, status }) => token === tokens[0] && status === 204),
    'first use',
  )

  const isWide = fault.onServer || fault.name.startsWith('database')
  experiment.fault.affected = isWide ? checkers.map(({ index }) => index) : [victim.index]
  const revocation = pickRevocation(experiment, tokens, random)
  const first = random.below(fleet.nodes.length)
  const begin = sleep(random.pick([0, 0, random.between(0, 10)])).then(() => {
    experiment.fault.active = true
    return fault.begin(fleet, victim, random)
  })
  const revoked = sleep(random.pick([0, random.between(0, 20), random.between(0, lease_ms * 1.5)])).then(() =>
    revoke(experiment, revocation, first),
  )
  await begin
  const fault_ms = lease_ms * random.between(1, 4)
  await (fault.lasts_ms === undefined
    ? Promise.race([revoked.then(() => sleep(lease_ms / 2)), sleep(fault_ms)])
    : sleep(fault.lasts_ms))
  experiment.fault.active = false
  await fault.end(fleet, victim)
  await within(revoked, 'the revocation')
  await within(untilRecovered(experiment, tokens), 'recovery')
  tally.rounds++
}

/** Resolves when every node judges live and revoked tokens correctly again, and no earlier request runs. */
async function untilRecovered(experiment: Experiment, tokens: Token[]): Promise<void> {
  const healed_ms = performance.now()
  const isLater = (reply: Reply) => reply.began_ms > healed_ms
  await Promise.all([
    onEveryNode(experiment, (reply) => isLater(reply) && reply.token.control && reply.status === 204),
    tokens.some(({ dead }) => dead) &&
      onEveryNode(experiment, (reply) => isLater(reply) && reply.token.dead && reply.status === 401),
    experiment.load.until(() => experiment.load.oldest_ms() > healed_ms),
  ])
}

async function onEveryNode({ checkers, load }: Experiment, matches: (reply: Reply) => boolean): Promise<void> {
  await Promise.all(checkers.map(({ index }) => load.until((reply) => reply.node === index && matches(reply))))
}

/** A wait that takes longer has hung. */
const timeout_ms = 30_000

async function within(wait: Promise<unknown>, what: string): Promise<void> {
  const finished = new AbortController()
  const timeout = sleep(timeout_ms, undefined, { signal: finished.signal }).then(() => {
    throw new Error(`${what} did not happen within ${timeout_ms} ms`)
  })
  await Promise.race([wait, timeout]).finally(() => finished.abort())
}
