// A server that is killed while each flow of a person runs. All flows run at the same time, and each round kills the server
// after another number of answers, in another order. So each flow is cut off before, in and after its transaction.

import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createHasher } from '../../src/credentials/io/hasher.ts'
import { openDatabase } from '../../src/store/open.ts'
import { openMailbox } from '../contract/mailbox.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { startProcess } from '../support/process/server.ts'
import type { Answer } from '../support/service.ts'
import { type Attempt, flows, PUBLIC_URL, password, type World } from './killed-flows.ts'

const rounds = 10
/** A slow machine cuts transactions off (docs/revocation.md). This answer says nothing about the request. */
const unavailable = 503

/** An attempt that was cut off, or answered. */
interface Sent {
  name: string
  attempt: Attempt
  answer: Answer | undefined
}

/** Sends one half of the requests, then the other, and kills the server after so many answers. */
async function sendAndKill(named: [string, Attempt][], kill: () => Promise<void>, answers: number): Promise<Sent[]> {
  let left = answers
  const first = Promise.withResolvers<void>()
  const enough = Promise.withResolvers<void>()
  if (left === 0) enough.resolve(sleep(randomInt(20)))
  const sent = named.map(async ([name, attempt], i) => {
    if (i % 2 === 1) await first.promise
    const answer = await attempt.send().catch(() => undefined)
    first.resolve()
    if (--left === 0) enough.resolve()
    return { name, attempt, answer: answer?.status === unavailable ? undefined : answer }
  })
  await enough.promise
  await kill()
  return Promise.all(sent)
}

/** Whether the request has had its effect, all of it. */
async function isDone({ name, attempt }: Sent): Promise<boolean> {
  const parts = Object.entries(attempt.effect)
  const found = await Promise.all(parts.map(async ([part, isThere]) => [part, await isThere()] as const))
  const done = found[0]?.[1] === true
  assert.deepEqual(Object.fromEntries(found), Object.fromEntries(parts.map(([part]) => [part, done])), name)
  return done
}

/** Repeats the request until the server can answer. @returns what had happened to the request before */
async function judge(sent: Sent): Promise<'answered' | 'done' | 'undone'> {
  const { name, attempt, answer } = sent
  const { send, status, repeat = send, repeated, counts } = attempt
  const first = await isDone(sent)
  if (answer !== undefined) {
    assert.deepEqual([answer.status, first], [status, true], `${name}: ${answer.text}`)
    if (counts !== undefined) assert.ok(await counts(answer), `${name}: what was answered does not count`)
  }
  let done = first
  let again = await repeat()
  while (again.status === unavailable) {
    done = await isDone(sent)
    again = await repeat()
  }
  assert.equal(again.status, done ? repeated : status, `${name}, repeated: ${again.text}`)
  assert.equal(await isDone(sent), true, name)
  return answer !== undefined ? 'answered' : first ? 'done' : 'undone'
}

/** Every account that the trail tells of exists, or its deletion is told too. */
async function assertNoFactAlone({ store }: World): Promise<void> {
  const pending = await store.selectFrom('audit_pending').select(['action', 'subject']).execute()
  const facts = [...pending, ...(await store.selectFrom('audit').select(['action', 'subject']).execute())]
  const subjectsOf = (...actions: string[]) =>
    facts.filter(({ action }) => actions.includes(action)).map(({ subject }) => subject)
  const users = await store.selectFrom('user').select('id').execute()
  const known = new Set([...users.map(({ id }) => id), ...subjectsOf('account.deleted')])
  assert.deepEqual(
    subjectsOf('account.registered', 'account.invited').filter((id) => id !== null && !known.has(id)),
    [],
  )
}

onEachDatabase('a server that is killed in the middle of each flow', (create) => {
  test('has done all of it or nothing, ten times', async (t) => {
    const { database, undo } = await open(t, create)
    const mailbox = openMailbox()
    undo.push(async () => mailbox.remove())
    const settings = {
      ...mailbox.settings,
      DATABASE_URL: database.url,
      PUBLIC_URL,
      EMAIL_VERIFICATION: 'required',
      LEASE_MS: '300',
    }
    let server = await startProcess(settings)
    undo.push(() => server.kill())
    const { store } = await openDatabase(database.url)
    undo.push(() => store.destroy())
    const password_hash = await createHasher({ memory_kib: 8, passes: 1 }, 1).hash(password)
    const world: World = {
      call: (...given) => server.call(...given),
      async ask(...given) {
        let answer = await server.call(...given)
        while (answer.status === unavailable) answer = await server.call(...given)
        return answer
      },
      store,
      mailbox,
      admin: '',
      password_hash,
    }
    await makeAdministrator(world)

    const outcomes: Record<string, string[]> = {}
    for (let round = 0; round < rounds; round++) {
      const named = await Promise.all(
        Object.entries(flows).map(async ([name, flow]) => [name, await flow(world, `${name}-${round}`)] as const),
      )
      const order = named.toSorted(() => randomInt(2) - 0.5) as [string, Attempt][]
      const sent = await sendAndKill(order, () => server.kill(), Math.round((round * order.length) / (rounds - 1)))
      server = await startProcess(settings)
      await assertNoFactAlone(world)
      const judged = await Promise.all(sent.map(async (each) => [each.name, await judge(each)] as const))
      for (const [name, outcome] of judged) outcomes[name] = [...(outcomes[name] ?? []), outcome]
    }
    for (const [name, each] of Object.entries(outcomes)) t.diagnostic(`${name}: ${each.join(', ')}`)
    const all = Object.values(outcomes).flat()
    assert.equal(all.length, rounds * Object.keys(flows).length)
    assert.ok(all.includes('answered') && all.includes('undone'), 'the kills were not spread over the flows')
  })
})

async function makeAdministrator(world: World): Promise<void> {
  const json = { email: 'administrator@example.com', password }
  await world.ask('POST', '/auth/register', { json })
  const change = { admin: 1, email_verified_at: Date.now() } as const
  await world.store.updateTable('user').set(change).where('email', '=', json.email).execute()
  world.admin = (await world.ask('POST', '/auth/login', { json })).json.access_token
}
