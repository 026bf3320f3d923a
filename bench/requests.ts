import { rmSync } from 'node:fs'
import { account, createFixture, createFolder, type Fixture, get, getWithToken, post } from './fixture.ts'
import { file, type Load, type Server, startLoad, startServer } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

/** Closed loop: each connection sends its next request after the answer. */
const connections = 32
/** Many short slices in a round, so that other work on the machine affects both sides of a ratio. */
const slices = 4
const slice_s = 1
const tokens = 1000

/** One side of a comparison. */
export interface Side {
  server: Server
  requests: string[]
  status: number
}

/** The result of one side in one slice. */
export interface Sample {
  perSecond: number
  cpu_us: number
}

/** Compares protected requests with bare Fastify and with the peer. */
export async function measureRequests(plan: Plan): Promise<Line[]> {
  const fixture = await createFixture()
  const bare = await startBareFastify(fixture)
  const peer = await startPeer()
  const load = startLoad()
  try {
    const sides = await describeSides(fixture, bare, peer)
    for (const side of Object.values(sides)) await sample(load, side, 1.5)
    const samples: Record<keyof typeof sides, Sample[]> = { user: [], bareUser: [], check: [], bareCheck: [], peer: [] }
    for (let round = 0; round < plan.rounds * slices; round++) {
      for (const name of Object.keys(sides) as (keyof typeof sides)[]) {
        samples[name].push(await sample(load, sides[name], slice_s * plan.scale))
      }
    }
    return [
      ...describe('GET /auth/user', samples.user),
      ...describe('bare Fastify, the same bytes', samples.bareUser),
      ...compare('GET /auth/user relative to bare Fastify', samples.user, samples.bareUser, 0.75),
      ...describe('GET /auth/check', samples.check),
      ...describe('bare Fastify, the same headers', samples.bareCheck),
      ...compare('GET /auth/check relative to bare Fastify', samples.check, samples.bareCheck, 0.85),
      ...describe('better-auth, session check by database', samples.peer),
      ...compare('GET /auth/user relative to better-auth', samples.user, samples.peer),
    ]
  } finally {
    await load.stop()
    await bare.stop()
    await peer.remove()
    await fixture.remove()
  }
}

async function describeSides(fixture: Fixture, bare: Server, peer: Peer) {
  const seen = await fixture.signTokens(tokens)
  // Both sides get the same requests, byte for byte.
  const user = { requests: seen.map((token) => getWithToken('/api/v1/auth/user', token)), status: 200 }
  const check = { requests: seen.map((token) => getWithToken('/api/v1/auth/check', token)), status: 204 }
  return {
    user: { server: fixture, ...user },
    bareUser: { server: bare, ...user },
    check: { server: fixture, ...check },
    bareCheck: { server: bare, ...check },
    peer: { server: peer, requests: [peer.request], status: 200 },
  } satisfies Record<string, Side>
}

async function startBareFastify({ address, token }: Fixture): Promise<Server> {
  const ask = (path: string) => fetch(`${address}${path}`, { headers: { authorization: `Bearer ${token}` } })
  const user = await (await ask('/api/v1/auth/user')).json()
  const check = await ask('/api/v1/auth/check')
  const headers = Object.fromEntries([...check.headers].filter(([name]) => name.startsWith('x-auth-')))
  return startServer([file('bare-fastify.ts'), JSON.stringify({ user, headers })], '.')
}

/** better-auth with one account that has a session. */
export interface Peer extends Server {
  /** A protected request with the session's cookie. */
  request: string
  /** A login of the account. */
  login: string
  remove: () => Promise<void>
}

export async function startPeer(): Promise<Peer> {
  const folder = createFolder()
  const server = await startServer([file('better-auth.ts')], folder, { NODE_ENV: 'production' })
  const answer = await fetch(`${server.address}/api/auth/sign-up/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: server.address },
    body: JSON.stringify({ ...account, name: 'Bench' }),
  })
  if (answer.status !== 200) throw new Error(`sign-up: ${answer.status} ${await answer.text()}`)
  const cookie = answer.headers
    .getSetCookie()
    .map((each) => each.split(';', 1)[0])
    .join('; ')
  return {
    ...server,
    request: get('/user', { Cookie: cookie }),
    login: post('/api/auth/sign-in/email', account, { Origin: server.address }),
    async remove() {
      await server.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Loads one side for this time. @throws Error if an answer has another status */
export async function sample(load: Load, { server, requests, status }: Side, seconds: number): Promise<Sample> {
  const before = await server.usage()
  const { port } = server
  const outcome = await load.send({ port, requests, connections, seconds, expect: [status] })
  const after = await server.usage()
  const failed = outcome.failed + outcome.unanswered
  if (failed > 0) throw new Error(`${failed} requests to ${server.address} were not answered ${status}`)
  return {
    perSecond: outcome.answered / outcome.seconds,
    cpu_us: (after.cpu_us - before.cpu_us) / outcome.answered,
  }
}

export function describe(name: string, samples: Sample[]): Line[] {
  return [
    { name, value: median(samples.map(({ perSecond }) => perSecond)), unit: 'requests/s' },
    { name, value: median(samples.map(({ cpu_us }) => cpu_us)), unit: 'µs CPU/request' },
  ]
}

/** Returns the median ratio to `other` over the rounds. */
export function compare(name: string, ours: Sample[], other: Sample[], atLeast?: number): Line[] {
  const ratios = (of: (mine: Sample, theirs: Sample) => number) =>
    median(ours.map((mine, round) => of(mine, other[round] as Sample)))
  const target = atLeast === undefined ? {} : { target: { atLeast } }
  return [
    { name: `${name}, by requests/s`, value: ratios((mine, theirs) => mine.perSecond / theirs.perSecond), ...target },
    { name: `${name}, by CPU time`, value: ratios((mine, theirs) => theirs.cpu_us / mine.cpu_us), ...target },
  ]
}
