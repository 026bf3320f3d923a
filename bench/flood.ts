import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFolder, post } from './fixture.ts'
import { startLoad, startService } from './processes.ts'
import type { Line } from './report.ts'

const connections = 300
const honest = 25
const patience_ms = 3000
const password = 'correct horse battery'
/** The queue is full by then. */
const ramp_ms = 2000

const from = (address: string, path: string, name: string) =>
  post(`/api/v1/auth/${path}`, { email: `${name}@example.com`, password }, { 'X-Forwarded-For': address })

function floods(): Flood[] {
  const hundred = Array.from({ length: 100 }, (_, i) => i)
  return [
    {
      name: 'one address that logs in',
      requests: [from('198.51.100.0', 'login', 'flood-0')],
      atLeast: 24,
    },
    {
      name: 'one address that registers',
      requests: Array.from({ length: 20_000 }, (_, i) => from('198.51.100.0', 'register', `new-${i}`)),
      atLeast: 24,
    },
    {
      name: 'a hundred addresses that log in',
      requests: hundred.map((i) => from(`198.51.100.${i}`, 'login', `flood-${i}`)),
      atLeast: 13,
    },
  ]
}

interface Flood {
  name: string
  requests: string[]
  /** Honest logins that have to succeed in time. */
  atLeast: number
}

/** Logs in from 25 addresses while others flood the service with their own right password, or with registrations. */
export async function measureFlood(): Promise<Line[]> {
  const folder = createFolder()
  const service = await startService(folder, {
    DATABASE_URL: 'sqlite:latchkey.db',
    LOG_LEVEL: 'warn',
    TRUST_PROXY: 'loopback',
    REGISTRATION_LIMIT_ADDRESS: '0',
  })
  const load = startLoad()
  try {
    const call = async (path: string, name: string, address: string) => {
      const began_ms = performance.now()
      const answer = await fetch(`${service.address}/api/v1/auth/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-forwarded-for': address },
        body: JSON.stringify({ email: `${name}@example.com`, password }),
        signal: AbortSignal.timeout(30_000),
      }).catch(() => undefined)
      await answer?.arrayBuffer()
      return { ok: answer?.ok === true, took_ms: performance.now() - began_ms }
    }
    for (let i = 0; i < honest; i++) await call('register', `honest-${i}`, `192.0.2.${i}`)
    for (let i = 0; i < 100; i++) await call('register', `flood-${i}`, `198.51.100.${i}`)
    const lines: Line[] = []
    for (const flood of floods()) {
      const flooding = load.send({
        port: service.port,
        requests: flood.requests,
        connections,
        seconds: (ramp_ms + honest * 200 + patience_ms) / 1000,
        expect: [200, 201, 409, 429, 503],
      })
      await sleep(ramp_ms)
      const logins = Array.from({ length: honest }, async (_, i) => {
        await sleep(i * 200)
        return call('login', `honest-${i}`, `192.0.2.${i}`)
      })
      const inTime = (await Promise.all(logins)).filter(({ ok, took_ms }) => ok && took_ms <= patience_ms).length
      const { answered } = await flooding
      lines.push({
        name: `${flood.name}: of ${honest} logins of others, within 3 s`,
        value: inTime,
        target: { atLeast: flood.atLeast },
      })
      lines.push({ name: `${flood.name}: answers to the flood`, value: answered })
    }
    return lines
  } finally {
    await load.stop()
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
