import { rmSync } from 'node:fs'
import { account, createFolder } from './fixture.ts'
import { startService } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

/** Requests of each of the two kinds that are compared, in one round. */
const tries = 200

type Send = (path: string, body: object, status: number) => Promise<number>

/** Two requests that must not be told apart. The number is that of the try. */
interface Pair {
  name: string
  exists: (n: number) => Promise<number>
  missing: (n: number) => Promise<number>
}

/** Measures whether the time of an answer tells if an address has an account. */
export async function measureEnumeration(plan: Plan): Promise<Line[]> {
  const folder = createFolder()
  const limits = { LOGIN_LIMIT_ACCOUNT: '0', LOGIN_LIMIT_ADDRESS: '0', REGISTRATION_LIMIT_ADDRESS: '0' }
  const server = await startService(folder, {
    ...limits,
    DATABASE_URL: 'sqlite:latchkey.db',
    EMAIL_VERIFICATION: 'required',
    LOG_LEVEL: 'error',
  })
  const send: Send = async (path, body, status) => {
    const begin = performance.now()
    const answer = await fetch(`${server.address}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    await answer.text()
    if (answer.status !== status) throw new Error(`${path}: ${answer.status}`)
    return performance.now() - begin
  }
  try {
    await send('/auth/register', account, 202)
    const lines: Line[] = []
    for (const { name, exists, missing } of pairsOf(send)) {
      const times: Record<'exists' | 'missing', number[]> = { exists: [], missing: [] }
      const count = Math.round(tries * plan.scale * plan.rounds)
      for (let n = 0; n < count; n++) {
        // In turn, so that what else the machine does counts for both, and in a random order: work beside the requests, such as
        // the sending of messages, may fall into step with every second request.
        const first = Math.random() < 0.5
        if (first) times.exists.push(await exists(n))
        times.missing.push(await missing(n))
        if (!first) times.exists.push(await exists(n))
      }
      const ratio = median(times.exists) / median(times.missing)
      lines.push({ name: `${name}: median of an address with an account`, value: median(times.exists), unit: 'ms' })
      lines.push({ name: '  ratio to an address without', value: ratio, target: { atLeast: 0.9 } })
      lines.push({ name: '  ratio to an address without', value: ratio, target: { atMost: 1.1 } })
    }
    return lines
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function pairsOf(send: Send): Pair[] {
  const { email, password } = account
  return [
    {
      name: 'forgot',
      exists: () => send('/auth/password/forgot', { email }, 202),
      missing: (n) => send('/auth/password/forgot', { email: `unknown-${n}@example.com` }, 202),
    },
    {
      name: 'register, EMAIL_VERIFICATION=required',
      exists: () => send('/auth/register', { email, password }, 202),
      missing: (n) => send('/auth/register', { email: `new-${n}@example.com`, password }, 202),
    },
    {
      name: 'login with a wrong password',
      exists: () => send('/auth/login', { email, password: 'a wrong password' }, 401),
      missing: (n) => send('/auth/login', { email: `unknown-${n}@example.com`, password: 'a wrong password' }, 401),
    },
  ]
}
