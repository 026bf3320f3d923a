import { randomUUIDv7 } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { migrate } from '../src/store/migrate.ts'
import { openDatabase } from '../src/store/open.ts'
import { createFixture, createFolder, getWithToken } from './fixture.ts'
import { file, startLoad, startProcess } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'
import { type Sample, sample } from './requests.ts'
import type { Opened } from './revoked-set.ts'

const million = 1_000_000
/** The tokens expire evenly over this time, the lifetime in the development profile. */
const lifetime_ms = 15 * 60_000

/** Measures a million live revocations: their memory, their loading, and the cost of a check beside them. */
export async function measureRevocations(plan: Plan): Promise<Line[]> {
  const opened: Record<number, Opened> = {}
  for (const count of [0, 1000, million]) opened[count] = await open(count, plan.rounds)
  const full = opened[million] as Opened
  const share = await compareService(plan)
  return [
    { name: 'memory per revocation', value: full.kept_bytes / million, unit: 'bytes', target: { atMost: 100 } },
    { name: 'a million loaded from SQLite', value: full.load_ms, unit: 'ms', target: { atMost: 2000 } },
    ...Object.entries(opened).map(([count, { check_ns }]) => ({
      name: `a check beside ${Number(count).toLocaleString('en')}, 32 in a turn of the event loop`,
      value: check_ns,
      unit: 'ns',
    })),
    { name: 'GET /auth/check beside a million relative to none, by CPU time', value: share, target: { atLeast: 0.9 } },
  ]
}

async function open(count: number, rounds: number): Promise<Opened> {
  const folder = createFolder()
  const now = Date.now()
  try {
    await fill(folder, count, now)
    const opened: Opened[] = []
    for (let round = 0; round < rounds; round++) opened.push(await openOnce(folder, now))
    const of = (figure: keyof Opened) => median(opened.map((each) => each[figure]))
    return { load_ms: of('load_ms'), kept_bytes: of('kept_bytes'), check_ns: of('check_ns') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function openOnce(folder: string, now: number): Promise<Opened> {
  const worker = startProcess(['--expose-gc', file('revoked-set.ts')], folder)
  try {
    return await worker.ask<Opened>({ now, lifetime_ms })
  } finally {
    await worker.stop()
  }
}

/** Creates a database with this many revocations of tokens that have not expired. */
export async function fill(folder: string, count: number, now: number): Promise<void> {
  const path = join(folder, 'latchkey.db')
  const { store } = await openDatabase(`sqlite:${path}`)
  await migrate(store)
  await store.destroy()
  const database = new DatabaseSync(path)
  database.exec('begin')
  const insert = database.prepare('insert into revocation (jti, expires_at) values (?, ?)')
  for (let i = 0; i < count; i++) insert.run(randomUUIDv7(), now + Math.ceil(((i + 1) / count) * lifetime_ms))
  database.exec('commit')
  database.close()
}

/** Returns the CPU time of a request beside no revocations, divided by the CPU time beside a million. */
async function compareService(plan: Plan): Promise<number> {
  const folder = createFolder()
  await fill(folder, million, Date.now())
  const services = [await createFixture(), await createFixture(folder)] as const
  const load = startLoad()
  try {
    const ratios: number[] = []
    for (let round = 0; round < plan.rounds; round++) {
      const [empty, full] = [await sampleChecks(services[0]), await sampleChecks(services[1])]
      ratios.push(empty.cpu_us / full.cpu_us)
    }
    return median(ratios)
  } finally {
    await load.stop()
    for (const service of services) await service.remove()
  }

  async function sampleChecks(server: (typeof services)[number]): Promise<Sample> {
    const requests = (await server.signTokens(1000)).map((token) => getWithToken('/api/v1/auth/check', token))
    const side = { server, requests, status: 204 }
    await sample(load, side, 0.5)
    return sample(load, side, 1 * plan.scale)
  }
}
