import type { Hashed } from './bare-hashes.ts'
import { account, createFixture, post } from './fixture.ts'
import { file, startLoad, startProcess } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

const logins = 32
const slice_s = 4

/** Compares logins, 32 at a time, with the same hashes in a bare loop with the concurrency of the service. */
export async function measureLogins(plan: Plan): Promise<Line[]> {
  const fixture = await createFixture()
  const bare = startProcess([file('bare-hashes.ts')], '.')
  const load = startLoad()
  const seconds = slice_s * plan.scale
  const job = {
    port: fixture.port,
    requests: [post('/api/v1/auth/login', account)],
    connections: logins,
    seconds,
    expect: [200],
  }
  try {
    const perSecond: { logins: number; hashes: number }[] = []
    for (let round = 0; round < plan.rounds; round++) {
      const { hashes, seconds: hashing_s } = await bare.ask<Hashed>({ seconds })
      const outcome = await load.send(job)
      if (outcome.failed > 0) throw new Error(`${outcome.failed} logins failed`)
      perSecond.push({ logins: outcome.answered / outcome.seconds, hashes: hashes / hashing_s })
    }
    const ratio = median(perSecond.map((round) => round.logins / round.hashes))
    return [
      { name: 'POST /auth/login', value: median(perSecond.map((round) => round.logins)), unit: 'logins/s' },
      { name: 'argon2id in a bare loop', value: median(perSecond.map((round) => round.hashes)), unit: 'hashes/s' },
      { name: 'logins relative to the bare loop', value: ratio, target: { atLeast: 0.9 } },
    ]
  } finally {
    await load.stop()
    await bare.stop()
    await fixture.remove()
  }
}
