import { account, createFixture, getWithToken, post } from './fixture.ts'
import type { Job, Outcome } from './load.ts'
import { type Load, startLoad } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'
import { startPeer } from './requests.ts'

const quiet_s = 5
const storm_s = 5
/** Time from the start of a storm to its measurement. The queue of logins is full by then. */
const ramp_s = 0.5
const logins = 32

/** The outcomes of protected requests without a storm and in a storm. */
interface Round {
  quiet: Outcome
  storm: Outcome
}

/**
 * Measures protected requests at a fixed, moderate rate (open loop, so that a stall counts in full), first alone and
 * then beside 32 clients that log in continuously.
 */
export async function measureStorm(plan: Plan): Promise<Line[]> {
  const fixture = await createFixture()
  const peer = await startPeer()
  const probe = startLoad()
  const loginLoad = startLoad()
  try {
    const path = '/api/v1/auth/user'
    const seen = (await fixture.signTokens(100)).map((token) => getWithToken(path, token))
    const known: Job = { ...probeJob(fixture.port, 500, plan), requests: seen }
    const peers: Job = { ...probeJob(peer.port, 100, plan), requests: [peer.request] }
    const ours: Job = { ...loginJob(fixture.port, plan), requests: [post('/api/v1/auth/login', account)] }
    const theirs: Job = { ...loginJob(peer.port, plan), requests: [peer.login] }
    const rounds: Record<'known' | 'unseen' | 'peer', Round[]> = { known: [], unseen: [], peer: [] }
    for (let round = 0; round < plan.rounds; round++) {
      rounds.known.push(await measureRound(probe, known, loginLoad, ours))
      const unseen = async () => {
        const fresh = await fixture.signTokens(100 * (quiet_s + 1))
        return { ...probeJob(fixture.port, 100, plan), requests: fresh.map((token) => getWithToken(path, token)) }
      }
      rounds.unseen.push(await measureRound(probe, unseen, loginLoad, ours))
      rounds.peer.push(await measureRound(probe, peers, loginLoad, theirs))
    }
    return [
      ...describe('500 requests/s, tokens seen before', rounds.known, true),
      ...describe('100 requests/s, tokens never seen', rounds.unseen, false),
      ...describe('better-auth, 100 requests/s', rounds.peer, false),
    ]
  } finally {
    await probe.stop()
    await loginLoad.stop()
    await peer.remove()
    await fixture.remove()
  }
}

function probeJob(port: number, rate: number, plan: Plan): Omit<Job, 'requests'> {
  return { port, rate, connections: 64, seconds: quiet_s * plan.scale, expect: [200] }
}

function loginJob(port: number, plan: Plan): Omit<Job, 'requests'> {
  return { port, connections: logins, seconds: ramp_s + storm_s * plan.scale, expect: [200] }
}

async function measureRound(probe: Load, job: Job | (() => Promise<Job>), loginLoad: Load, storm: Job): Promise<Round> {
  const next = async () => (typeof job === 'function' ? await job() : job)
  const quiet = await probe.send(await next())
  const inStorm = await next()
  const loggingIn = loginLoad.send(storm)
  await new Promise((resolve) => setTimeout(resolve, ramp_s * 1000))
  const outcome = await probe.send(inStorm)
  const { failed } = await loggingIn
  if (failed > 0) throw new Error(`${failed} logins failed`)
  return { quiet, storm: outcome }
}

function describe(name: string, rounds: Round[], promised: boolean): Line[] {
  const of = (when: keyof Round, figure: keyof Outcome) => median(rounds.map((round) => round[when][figure]))
  const failed = rounds
    .flatMap(({ quiet, storm }) => [quiet, storm])
    .reduce((sum, outcome) => sum + outcome.failed + outcome.unanswered, 0)
  const ratio = median(rounds.map(({ quiet, storm }) => storm.p99_ms / quiet.p99_ms))
  return [
    { name: `${name}: p99 quiet`, value: of('quiet', 'p99_ms'), unit: 'ms' },
    { name: `${name}: p99 in a storm of 32 logins`, value: of('storm', 'p99_ms'), unit: 'ms' },
    { name: `${name}: p99 in the storm / p99 quiet`, value: ratio, ...(promised && { target: { atMost: 5 } }) },
    { name: `${name}: not answered 200`, value: failed, ...(promised && { target: { atMost: 0 } }) },
  ]
}
