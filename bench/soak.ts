// Logins, checks and revocations for an hour, with one trouble of the database after another:
//   node bench/soak.ts [--minutes 60] [--database sqlite|postgres] [--troubles TEXT]
// Prints a line for each trouble and a table at the end. The exit code is 1 if a revoked token was accepted, an answer was
// 500, /readyz was wrong, memory grew, or a node logged more than one line a second.
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { median } from './report.ts'
import { type Load, startLoad } from './soak/load.ts'
import { openPostgresSubject, openSqliteSubject, type Subject } from './soak/subjects.ts'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    database: { type: 'string' },
    troubles: { type: 'string', default: '' },
  },
})
/** A trouble lasts so long, and then the service has the same time to recover. */
const trouble_ms = 10_000
/** After this time `/readyz` has to tell the truth: a lease, a probe, and the pauses between attempts. */
const settling_ms = 4_000

interface Sample {
  ready: boolean[]
  rss_bytes: number
  lines: number
}

async function sample(subject: Subject): Promise<Sample> {
  const ready = await Promise.all(subject.nodes().map((node) => isReady(node.address())))
  const rss = subject.nodes().map(({ pid }) => residentBytes(pid()))
  return { ready, rss_bytes: Math.max(...rss), lines: subject.lines() }
}

async function isReady(address: string): Promise<boolean> {
  const answer = await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
  await answer?.text()
  return answer?.status === 200
}

/** 0 while the process does not run. */
function residentBytes(pid: number): number {
  const status = `/proc/${pid}/status`
  const line = existsSync(status) ? /VmRSS:\s+(\d+) kB/.exec(readFileSync(status, 'utf8')) : null
  return Number(line?.[1] ?? 0) * 1024
}

/** Runs one kind of database, and returns what went wrong. */
async function soak(kind: 'sqlite' | 'postgres', duration_ms: number): Promise<string[]> {
  const subject = await (kind === 'sqlite' ? openSqliteSubject() : openPostgresSubject())
  const wrong: string[] = []
  const load = startLoad(subject.nodes().map(({ address }) => address))
  const began = performance.now()
  const memory: number[] = []
  try {
    await sleep(settling_ms)
    const troubles = subject.troubles.filter(({ name }) => name.includes(values.troubles))
    for (let i = 0; performance.now() - began < duration_ms; i++) {
      const trouble = troubles[i % troubles.length]
      if (trouble === undefined) throw new Error(`no trouble has ${values.troubles} in its name`)
      const atFirst = load.counts()
      await trouble.begin()
      await sleep(settling_ms)
      const during = await sample(subject)
      if (trouble.ready !== undefined && during.ready.some((ready) => ready !== trouble.ready)) {
        wrong.push(`/readyz is ${during.ready} while ${trouble.name}`)
      }
      await sleep(trouble_ms - settling_ms)
      await trouble.end()
      await sleep(settling_ms)
      const after = await sample(subject)
      if (after.ready.includes(false)) wrong.push(`/readyz is ${after.ready} after ${trouble.name}`)
      await sleep(trouble_ms - settling_ms)
      memory.push((await sample(subject)).rss_bytes)
      report(trouble.name, atFirst, load)
    }
  } finally {
    load.stop()
    await subject.remove()
  }
  return [...wrong, ...judge(subject, load, memory, (performance.now() - began) / 1000)]
}

function report(name: string, atFirst: ReturnType<Load['counts']>, load: Load): void {
  const counts = load.counts()
  const since = Object.fromEntries(
    Object.entries(counts).map(([key, value]) => [key, value - atFirst[key as keyof typeof atFirst]]),
  )
  console.log(JSON.stringify({ trouble: name, ...since }))
}

function judge(subject: Subject, load: Load, memory: number[], took_s: number): string[] {
  const { stale, faults, checks, revocations, logins, refused } = load.counts()
  const quarter = Math.max(1, memory.length >> 2)
  const growth = median(memory.slice(-quarter)) / median(memory.slice(0, quarter))
  const lines_per_s = subject.lines() / subject.nodes().length / took_s
  console.table({
    seconds: Math.round(took_s),
    logins,
    checks,
    revocations,
    'refused (429, 503)': refused,
    'stale accepts': stale,
    'answers 500': faults,
    'memory, last quarter of first': growth.toFixed(2),
    'log lines a second and node': lines_per_s.toFixed(2),
  })
  return [
    ...(stale > 0 ? [`${stale} stale accepts: ${load.examples().join('; ')}`] : []),
    ...(faults > 0 ? [`${faults} answers 500`] : []),
    ...(growth > 1.25 ? [`memory has grown by ${growth.toFixed(2)}`] : []),
    ...(lines_per_s > 1 ? [`${lines_per_s.toFixed(1)} log lines a second`] : []),
  ]
}

for (const kind of ['sqlite', 'postgres'] as const) {
  if (values.database !== undefined && values.database !== kind) continue
  console.log(kind)
  for (const what of await soak(kind, Number(values.minutes) * 60_000)) {
    console.error(`WRONG ${what}`)
    process.exitCode = 1
  }
}
