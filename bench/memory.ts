import { setTimeout as sleep } from 'node:timers/promises'
import { createFixture, type Fixture, get, getWithToken } from './fixture.ts'
import { startLoad } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

const warmUp_s = 15
const run_s = 60
/** Half as many again as the cache of verified tokens holds. */
const distinct = 30_000
const MB = 1024 * 1024

/**
 * Resident memory: idle, then over a run of what would fill anything that has no bound: more tokens than the caches hold,
 * forged ones, paths that nobody has.
 */
export async function measureMemory(plan: Plan): Promise<Line[]> {
  const fixture = await createFixture()
  const load = startLoad()
  try {
    await sleep(1000)
    const idle = (await fixture.usage()).rss_bytes
    const requests = await makeRequests(fixture)
    const job = { port: fixture.port, requests, connections: 32, expect: [200, 401, 404] }
    await load.send({ ...job, seconds: warmUp_s * plan.scale })
    const running = load.send({ ...job, seconds: run_s * plan.scale })
    const samples = await watch(fixture, running)
    const { answered, failed } = await running
    if (failed > 0) throw new Error(`${failed} requests got an answer that was not expected`)
    const tenth = Math.ceil(samples.length / 10)
    const [first, last] = [median(samples.slice(0, tenth)), median(samples.slice(-tenth))]
    return [
      { name: 'resident when idle', value: idle / MB, unit: 'MB', target: { atMost: 120 } },
      { name: `resident after a warm-up of ${warmUp_s * plan.scale} s`, value: first / MB, unit: 'MB' },
      { name: `resident ${run_s * plan.scale} s and ${answered} requests later`, value: last / MB, unit: 'MB' },
      { name: 'the last tenth of the run, of the first', value: last / first, target: { atMost: 1.1 } },
    ]
  } finally {
    await load.stop()
    await fixture.remove()
  }
}

/** Tokens seen before and tokens never seen by turns, and now and then a forged one and a path that nobody has. */
async function makeRequests({ signTokens }: Fixture): Promise<string[]> {
  const path = '/api/v1/auth/user'
  const seen = await signTokens(100)
  const unseen = await signTokens(distinct)
  return unseen.flatMap((token, i) => {
    const good = [getWithToken(path, seen[i % seen.length] as string), getWithToken(path, token)]
    const bad = [getWithToken(path, `${token.slice(0, -20)}${'A'.repeat(20)}`), get(`/nowhere/${i}`)]
    return i % 3 === 0 ? [...good, ...bad] : good
  })
}

async function watch(fixture: Fixture, running: Promise<unknown>): Promise<number[]> {
  const samples: number[] = []
  let over = false
  running.finally(() => {
    over = true
  })
  while (!over) {
    samples.push((await fixture.usage()).rss_bytes)
    await sleep(250)
  }
  return samples
}
