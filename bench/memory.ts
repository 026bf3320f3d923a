import { setTimeout as sleep } from 'node:timers/promises'
import { createFixture, type Fixture, get, getWithToken } from './fixture.ts'
import type { Job } from './load.ts'
import { type Load, startLoad } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

const warmUp_s = 10
const run_s = 60
const flood_s = 30
/** Half as many again as the cache of verified tokens holds. */
const distinct = 30_000
const path = '/api/v1/auth/user'
const MB = 1e6

/** Resident memory: idle, over a run of ordinary requests, and in a flood of what would fill anything without a bound. */
export async function measureMemory(plan: Plan): Promise<Line[]> {
  const fixture = await createFixture()
  const load = startLoad()
  try {
    await sleep(1000)
    const idle = (await fixture.usage()).rss_bytes
    const tokens = await fixture.signTokens(distinct)
    const ordinary = tokens.slice(0, 1000).map((token) => getWithToken(path, token))
    await watch(fixture, load, ordinary, warmUp_s * plan.scale)
    const run = await watch(fixture, load, ordinary, run_s * plan.scale)
    const tenth = Math.ceil(run.length / 10)
    const [first, last] = [median(run.slice(0, tenth)), median(run.slice(-tenth))]
    const flood = await watch(fixture, load, makeFlood(tokens), flood_s * plan.scale)
    return [
      { name: 'resident when idle', value: idle / MB, unit: 'MB', target: { atMost: 120 } },
      { name: `resident under load, after a warm-up of ${warmUp_s * plan.scale} s`, value: first / MB, unit: 'MB' },
      { name: `resident ${run_s * plan.scale} s later`, value: last / MB, unit: 'MB' },
      { name: 'the last tenth of the run, of its first', value: last / first, target: { atMost: 1.1 } },
      {
        name: 'the most in a flood of new tokens, forged ones and unknown paths',
        value: Math.max(...flood) / MB,
        unit: 'MB',
      },
    ]
  } finally {
    await load.stop()
    await fixture.remove()
  }
}

/** Tokens never seen, and now and then a forged one and a path that nobody has; no request twice. */
function makeFlood(tokens: string[]): string[] {
  return tokens.flatMap((token, i) => {
    const good = getWithToken(path, token)
    const bad = [getWithToken(path, `${token.slice(0, -20)}${'A'.repeat(20)}`), get(`/nowhere/${i}`)]
    return i % 3 === 0 ? [good, ...bad] : good
  })
}

/** Resident bytes while the requests are sent, four times a second. */
async function watch({ port, usage }: Fixture, load: Load, requests: string[], seconds: number): Promise<number[]> {
  const job: Job = { port, requests, seconds, connections: 32, expect: [200, 401, 404] }
  let over = false
  const sent = load.send(job).finally(() => {
    over = true
  })
  const samples: number[] = []
  while (!over) {
    samples.push((await usage()).rss_bytes)
    await sleep(250)
  }
  const { failed } = await sent
  if (failed > 0) throw new Error(`${failed} requests got an answer that was not expected`)
  return samples
}
