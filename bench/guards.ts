import { rmSync } from 'node:fs'
import { createFixture, createFolder, getWithToken } from './fixture.ts'
import { file, startLoad, startServer } from './processes.ts'
import type { Line, Plan } from './report.ts'
import { compare, describe, type Sample, type Side, sample, startPeer } from './requests.ts'
import { addService, connectionUrl } from './service.ts'

const tokens = 1000
const frameworks = ['fastify', 'express', 'hono']
/** Many short slices, so that other work on the machine affects both sides of a ratio. */
const slices = 4

/** Compares routes behind a verifier with the bare routes and with the other ways to check a token, and measures the gate. */
export async function measureGuards(plan: Plan): Promise<Line[]> {
  const folder = createFolder()
  const fixture = await createFixture(folder)
  const stop: (() => Promise<void>)[] = []
  try {
    const LATCHKEY_URL = connectionUrl(fixture.address, addService(folder))
    const seen = await fixture.signTokens(tokens)
    const orders = seen.map((token) => getWithToken('/orders', token))
    const start = async (args: string[], requests = orders, status = 200): Promise<Side> => {
      const server = await startServer(args, folder, { LATCHKEY_URL })
      stop.push(server.stop)
      return { server, requests, status }
    }
    const peer = await startPeer()
    stop.push(peer.remove)
    const sides: Record<string, Side> = {
      jose: await start([file('other-guards.ts'), fixture.address, 'jose']),
      ask: await start([file('other-guards.ts'), fixture.address, 'ask']),
      peer: { server: peer, requests: [peer.request], status: 200 },
      bareGate: await start([file('bare-http.ts')], orders, 204),
      bareHeaders: await start([file('bare-http.ts'), 'headers'], orders, 204),
      gate: await start(
        [file('../bin/latchkey.js'), 'gate', '--listen', '127.0.0.1:0'],
        seen.map((token) => getWithToken('/check', token)),
        204,
      ),
    }
    for (const framework of frameworks) {
      sides[framework] = await start([file('guarded-server.ts'), framework, 'guarded'])
      for (const kind of ['idle', 'bare'])
        sides[`${kind} ${framework}`] = await start([file('guarded-server.ts'), framework, kind])
    }
    return report(await run(sides, plan))
  } finally {
    for (const each of stop.toReversed()) await each()
    await fixture.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Loads the sides in turn, in one order and then in the other. */
async function run(sides: Record<string, Side>, plan: Plan): Promise<Record<string, Sample[]>> {
  const load = startLoad()
  const names = Object.keys(sides)
  const samples = Object.fromEntries(names.map((name) => [name, [] as Sample[]]))
  try {
    for (const side of Object.values(sides)) await sample(load, side, 2)
    for (let i = 0; i < plan.rounds * slices; i++) {
      for (const name of i % 2 === 0 ? names : names.toReversed()) {
        samples[name]?.push(await sample(load, sides[name] as Side, plan.scale))
      }
    }
  } finally {
    await load.stop()
  }
  return samples
}

function report(samples: Record<string, Sample[]>): Line[] {
  const of = (name: string) => samples[name] as Sample[]
  return [
    ...describe('a route of Fastify, bare', of('bare fastify')),
    ...describe('a route of Fastify, behind the verifier', of('fastify')),
    ...describe('a route of Fastify, jwtVerify of jose for each request', of('jose')),
    ...describe('a route of Fastify, GET /auth/check for each request', of('ask')),
    ...describe('better-auth, session check by database', of('peer')),
    ...frameworks.flatMap((name) => [
      ...compare(`${name} with the verifier relative to bare`, of(name), of(`bare ${name}`), 0.95),
      ...compare(
        `${name} with middleware that only sets claims relative to bare`,
        of(`idle ${name}`),
        of(`bare ${name}`),
      ),
      ...compare(`${name} with the verifier relative to that middleware`, of(name), of(`idle ${name}`)),
    ]),
    ...describe('the gate, GET /check', of('gate')),
    ...compare('the gate relative to bare node:http', of('gate'), of('bareGate'), 0.9),
    ...compare('the gate relative to bare node:http with the same headers', of('gate'), of('bareHeaders')),
  ]
}
