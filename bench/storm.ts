import { account, createFixture, getWithToken, post } from './fixture.ts'
import type { Job, Outcome } from './load.ts'
import { type Load, startLoad } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'
import { startPeer } from './requests.ts'

const quiet_s = 5
const storm_s = 5
/** Before a storm counts: the queue of logins is full by then. */
const rise_s = 0.5
const logins = 32

/** What protected requests met: how long they took, and how many were not answered as they should be. */
interface Weather {
  quiet: Outcome
  storm: Outcome
}

/**
 * Protected requests at a fixed, moderate rate (open loop, so that a stall counts in full), first alone and then beside 32
 * clients that log in again and again.
 */
export async function measureStorm(plan: Plan): Promise<Line[]> {
  const fixture = await createFixture()
  const peer = await startPeer()
  const probe = startLoad()
  const crowd = startLoad()
  try {
    const path = '/api/v1/auth/user'
    const seen = (await fixture.signTokens(100)).map((token) => getWithToken(path, token))
    const known: Job = { ...probing(fixture.port, 500, plan), requests: seen }
    const peers: Job = { ...probing(peer.port, 100, plan), requests: [peer.request] }
    const ours: Job = { ...crowding(fixture.port, plan), requests: [post('/api/v1/auth/login', account)] }
    const theirs: Job = { ...crowding(peer.port, plan), requests: [peer.login] }
    const rounds: Record<'known' | 'unseen' | 'peer', Weather[]> = { known: [], unseen: [], peer: [] }
    for (let round = 0; round < plan.rounds; round++) {
      rounds.known.push(await meet(probe, known, crowd, ours))
      const unseen = async () => {
        const fresh = await fixture.signTokens(100 * (quiet_s + 1))
        return { ...probing(fixture.port, 100, plan), requests: fresh.map((token) => getWithToken(path, token)) }
      }
      rounds.unseen.push(await meet(probe, unseen, crowd, ours))
      rounds.peer.push(await meet(probe, peers, crowd, theirs))
    }
    return [
      ...describe('500 requests/s, tokens seen before', rounds.known, true),
      ...describe('100 requests/s, tokens never seen', rounds.unseen, false),
      ...describe('better-auth, 100 requests/s', rounds.peer, false),
    ]
  } finally {
    await probe.stop()
    await crowd.stop()
    await peer.remove()
    await fixture.remove()
  }
}

function probing(port: number, rate: number, plan: Plan): Omit<Job, 'requests'> {
  return { port, rate, connections: 64, seconds: quiet_s * plan.scale, expect: [200] }
}

function crowding(port: number, plan: Plan): Omit<Job, 'requests'> {
  return { port, connections: logins, seconds: rise_s + storm_s * plan.scale, expect: [200] }
}

async function meet(probe: Load, job: Job | (() => Promise<Job>), crowd: Load, storm: Job): Promise<Weather> {
  const next = async () => (typeof job === 'function' ? await job() : job)
  const quiet = await probe.send(await next())
  const inStorm = await next()
  const raging = crowd.send(storm)
  await new Promise((resolve) => setTimeout(resolve, rise_s * 1000))
  const met = await probe.send(inStorm)
  const { failed } = await raging
  if (failed > 0) throw new Error(`${failed} logins failed`)
  return { quiet, storm: met }
}

function describe(name: string, rounds: Weather[], promised: boolean): Line[] {
  const of = (when: keyof Weather, figure: keyof Outcome) => median(rounds.map((round) => round[when][figure]))
  const failed = rounds
    .flatMap(({ quiet, storm }) => [quiet, storm])
    .reduce((sum, outcome) => sum + outcome.failed + outcome.unanswered, 0)
  const ratio = median(rounds.map(({ quiet, storm }) => storm.p99_ms / quiet.p99_ms))
  return [
    { name: `${name}: p99 quiet`, value: of('quiet', 'p99_ms'), unit: 'ms' },
    { name: `${name}: p99 in a storm of 32 logins`, value: of('storm', 'p99_ms'), unit: 'ms' },
    { name: `${name}: p99 in the storm, in quiet ones`, value: ratio, ...(promised && { target: { atMost: 5 } }) },
    { name: `${name}: not answered 200`, value: failed, ...(promised && { target: { atMost: 0 } }) },
  ]
}
