import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { type ServerProcess, startProcess } from '../support/process/server.ts'
import { account, startTestService } from '../support/service.ts'

const rounds = 6
const clients = 6
const maxAnswers = 60

interface IssuedToken {
  token: string
  /** `pending`: a revocation was sent but not answered, so the token may be live or revoked. */
  state: 'live' | 'pending' | 'revoked'
}

interface Owner {
  email: string
  tokens: IssuedToken[]
}

/** Everything that the service has confirmed to its clients. */
interface Ledger {
  owners: Owner[]
  widgets: string[]
}

/** Creates a generator of numbers from 0 to 1 (mulberry32). The same seed gives the same numbers. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A client. It sends one request after another and records the answers, until the service is killed. */
interface Client {
  server: ServerProcess
  ledger: Ledger
  administrator: string
  name: string
  random: () => number
}

function pick<T>(items: T[], random: () => number): T | undefined {
  return items[Math.floor(random() * items.length)]
}

const { password } = account
const widget = { info_url: 'https://example.com/', deadline: '2999-12-31' }
let created = 0

async function register({ server, ledger, name }: Client): Promise<void> {
  const email = `${name}-${++created}@example.com`
  const { status, json } = await server.call('POST', '/auth/register', { json: { email, password } })
  assert.equal(status, 201)
  ledger.owners.push({ email, tokens: [{ token: json.access_token, state: 'live' }] })
}

async function logIn({ server }: Client, owner: Owner): Promise<void> {
  const { status, json } = await server.call('POST', '/auth/login', { json: { email: owner.email, password } })
  assert.equal(status, 200)
  owner.tokens.push({ token: json.access_token, state: 'live' })
}

async function addWidget({ server, ledger, administrator, name }: Client): Promise<void> {
  const input = { name: `${name}-${++created}`, ...widget }
  const { status } = await server.call('POST', '/widgets', { token: administrator, json: input })
  assert.equal(status, 201)
  ledger.widgets.push(input.name)
}

/** Revokes one token of an owner, or all of them, by one of the three routes of the API. */
async function revoke({ server, random }: Client, owner: Owner): Promise<void> {
  const live = owner.tokens.filter(({ state }) => state === 'live')
  const [caller, other] = live
  if (caller === undefined) return
  const route = pick(['logout', 'one', 'all'], random)
  const ended = route === 'all' ? live : route === 'one' && other ? [other] : [caller]
  for (const issued of ended) issued.state = 'pending'
  const target = ended[0]?.token as string
  const calls: Record<string, () => Promise<{ status: number }>> = {
    logout: () => server.call('POST', '/auth/logout', { token: target }),
    one: () => server.call('DELETE', `/tokens/${idOf(target)}`, { token: caller.token }),
    all: () => server.call('DELETE', '/tokens', { token: caller.token }),
  }
  const { status } = await (calls[route as string] as () => Promise<{ status: number }>)()
  assert.equal(status, 200)
  for (const issued of ended) issued.state = 'revoked'
}

function idOf(token: string): string {
  return JSON.parse(Buffer.from(token.split('.')[1] as string, 'base64url').toString()).jti
}

async function step(client: Client): Promise<void> {
  const own = client.ledger.owners.filter(({ email }) => email.startsWith(`${client.name}-`))
  const owner = pick(own, client.random)
  const chance = client.random()
  if (owner === undefined || chance < 0.25) return register(client)
  if (chance < 0.5) return logIn(client, owner)
  if (chance < 0.75) return revoke(client, owner)
  return addWidget(client)
}

/** Runs all clients until that many steps are answered, and then kills the service immediately. */
async function workUntilKilled(server: ServerProcess, workers: Client[], answers: number): Promise<void> {
  let left = answers
  let killed: Promise<void> | undefined
  const work = async (client: Client) => {
    while (killed === undefined) {
      try {
        await step(client)
      } catch (error) {
        if (killed === undefined || error instanceof assert.AssertionError) throw error
        return
      }
      if (--left === 0) killed = server.kill()
    }
  }
  await Promise.all(workers.map(work))
  await killed
}

/** Checks that the restarted service has everything that was ever confirmed. */
async function assertNothingLost(server: ServerProcess, { owners, widgets }: Ledger, administrator: string) {
  const ask = async ({ email, tokens }: Owner) => {
    const { status } = await server.call('POST', '/auth/login', { json: { email, password } })
    assert.equal(status, 200, `the registration of ${email} is lost`)
    for (const { token, state } of tokens) {
      const answer = await server.call('GET', '/auth/user', { token })
      if (state === 'live') assert.equal(answer.status, 200, `a live token is refused: ${answer.text}`)
      if (state === 'revoked') assert.match(answer.text, /Token blacklisted/, 'a revoked token is not refused')
    }
  }
  // A few logins at a time, because a slow machine refuses logins when its queue is long.
  const unchecked = owners.values()
  const askNext = async () => {
    for (const owner of unchecked) await ask(owner)
  }
  await Promise.all(Array.from({ length: 8 }, askNext))
  for (const name of widgets) {
    const { status } = await server.call('GET', `/widgets/${name}`, { token: administrator })
    assert.equal(status, 200, `the widget ${name} is lost`)
  }
}

onEachDatabase('durability', (create) => {
  test('everything that was confirmed survives SIGKILL, in six rounds', async () => {
    const seed = Number(process.env.DURABILITY_SEED ?? randomInt(2 ** 31))
    const random = createRandom(seed)
    const database = await create()
    const setup = await startTestService(database)
    const administrator = await setup.admin({ email: 'administrator@example.com' })
    await setup.stop()
    const ledger: Ledger = { owners: [], widgets: [] }
    let server = await startProcess({ DATABASE_URL: database.url })
    try {
      for (let round = 0; round < rounds; round++) {
        const workers = Array.from({ length: clients }, (_, i) => {
          return { server, ledger, administrator, name: `client-${i}`, random: createRandom(random() * 2 ** 32) }
        })
        await workUntilKilled(server, workers, 1 + Math.floor(random() * maxAnswers))
        server = await startProcess({ DATABASE_URL: database.url })
        await assertNothingLost(server, ledger, administrator)
      }
    } catch (error) {
      throw new Error(`replay with DURABILITY_SEED=${seed}`, { cause: error })
    } finally {
      await server.kill()
      await database.remove()
    }
    const states = new Set(ledger.owners.flatMap(({ tokens }) => tokens.map(({ state }) => state)))
    assert.ok(states.has('live') && states.has('revoked') && ledger.widgets.length > 0, 'too little happened')
  })
})
