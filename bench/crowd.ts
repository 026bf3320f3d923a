import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { createFolder } from './fixture.ts'
import { file, type Server, startServer, startService } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'
import { fill } from './revocations.ts'
import { addService, connectionUrl } from './service.ts'

const verifiers = 1000
const million = 1_000_000
const settings = { DATABASE_URL: 'sqlite:latchkey.db', LEASE_MS: '5000', LOG_LEVEL: 'warn', RATE_LIMIT: '0' }

/** Measures many verifiers on one server, and a verifier that starts beside a million revocations. */
export async function measureCrowd(plan: Plan): Promise<Line[]> {
  return [...(await measureMany(plan)), ...(await measureSnapshot())]
}

async function register(address: string, name: string): Promise<string> {
  const response = await fetch(`${address}/api/v1/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: `${name}@example.com`, password: 'correct horse battery' }),
  })
  return ((await response.json()) as { access_token: string }).access_token
}

/** @returns the time until the answer, in milliseconds */
async function logOut({ address }: Server, token: string, expected: number): Promise<number> {
  const began_ms = performance.now()
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${address}/api/v1/auth/logout`, { method: 'POST', headers })
  const took_ms = performance.now() - began_ms
  const { effective } = (await response.json()) as { effective: { verifiers: number } }
  if (effective.verifiers !== expected) throw new Error(`${effective.verifiers} verifiers instead of ${expected}`)
  return took_ms
}

async function measureMany({ scale }: Plan): Promise<Line[]> {
  const folder = createFolder()
  const server = await startService(folder, settings)
  try {
    const { client_id: CLIENT_ID, client_secret: CLIENT_SECRET } = addService(folder)
    const tokens = []
    for (let i = 0; i < 10; i++) tokens.push(await register(server.address, `user-${i}`))
    const before = await server.usage()
    const crowd = await startServer([file('crowd-client.ts'), server.address, String(verifiers)], folder, {
      CLIENT_ID,
      CLIENT_SECRET,
    })
    try {
      const after = await server.usage()
      const began_ms = performance.now()
      await sleep(10_000 * scale)
      const rest = await server.usage()
      const share = (rest.cpu_us - after.cpu_us) / 1000 / (performance.now() - began_ms)
      const times = []
      for (const token of tokens) times.push(await logOut(server, token, verifiers))
      return [
        {
          name: '1,000 verifiers: memory of the server',
          value: (after.rss_bytes - before.rss_bytes) / 1024 ** 2,
          unit: 'MB',
          target: { atMost: 200 },
        },
        { name: '1,000 verifiers at rest, of a core', value: share, unit: '', target: { atMost: 0.3 } },
        {
          name: '1,000 verifiers: a revocation, median',
          value: median(times),
          unit: 'ms',
          target: { atMost: 250 },
        },
      ]
    } finally {
      await crowd.stop()
    }
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measureSnapshot(): Promise<Line[]> {
  const folder = createFolder()
  await fill(folder, million, Date.now())
  const server = await startService(folder, settings)
  try {
    const LATCHKEY_URL = connectionUrl(server.address, addService(folder))
    const child = spawn(process.execPath, ['--expose-gc', file('snapshot-client.ts')], {
      cwd: folder,
      env: { PATH: process.env.PATH, LATCHKEY_URL },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    for await (const chunk of child.stdout) text += chunk
    const { entries, ready_ms, kept_bytes } = JSON.parse(text)
    if (entries < million) throw new Error(`the verifier has ${entries} entries`)
    return [
      { name: 'a verifier starts beside a million', value: ready_ms, unit: 'ms', target: { atMost: 3000 } },
      {
        name: 'a million in a verifier',
        value: kept_bytes / 1024 ** 2,
        unit: 'MB',
        target: { atMost: 100 },
      },
    ]
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
