import { setTimeout as sleep } from 'node:timers/promises'
import { createFixture, type Fixture, get, getWithToken } from './fixture.ts'
import type { Job } from './load.ts'
import { type Load, startLoad } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

const warmUp_s = 10
const run_s = 60
const flood_s = 30
/** 1.5 times the size of the cache of verified tokens. */
const distinct = 30_000
const path = '/api/v1/auth/user'
const MB = 1e6

/** Measures resident memory: idle, under ordinary load, and in a flood that would fill any unbounded cache. */
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
      { name: 'last tenth of the run relative to the first', value: last / first, target: { atMost: 1.1 } },
      {
        name: 'peak in a flood of new tokens, forged tokens and unknown paths',
        value: Math.max(...flood) / MB,
        unit: 'MB',
      },
    ]
  } finally {
    await load.stop()
    await fixture.remove()
  }
}

/** Returns requests with new tokens, with forged tokens, and to unknown paths. No request repeats. */
function makeFlood(tokens: string[]): string[] {
  return tokens.flatMap((token, i) => {
    const good = getWithToken(path, token)
    const bad = [getWithToken(path, `${token.slice(0, -20)}${'A'.repeat(20)}`), get(`/nowhere/${i}`)]
    return i % 3 === 0 ? [good, ...bad] : good
  })
}

/** Samples the resident bytes four times per second while the requests are sent. */
async function watch({ port, usage }: Fixture, load: Load, requests: string[], seconds: number): Promise<number[]> {
  const job: Job = { port, requests, seconds, connections: 32, expect: [200, 401, 404] }
  let finished = false
  const sent = load.send(job).finally(() => {
    finished = true
  })
  const samples: number[] = []
  while (!finished) {
    samples.push((await usage()).rss_bytes)
    await sleep(250)
  }
  const { failed } = await sent
  if (failed > 0) throw new Error(`${failed} requests got an unexpected answer`)
  return samples
}
