import { setTimeout as sleep } from 'node:timers/promises'
import { type Call, send } from '../../test/support/service.ts'

/** What the clients have seen. */
interface Counts {
  logins: number
  checks: number
  revocations: number
  /** Answers 429 and 503, and requests without an answer. */
  refused: number
  /** Requests that were accepted although they started after the answer to the token's revocation. */
  stale: number
  /** Answers 500. */
  faults: number
}

/** Clients that log in, check and revoke until they are stopped. */
export interface Load {
  counts: () => Counts
  /** The first wrong answers. */
  examples: () => string[]
  stop: () => void
}

const clients = 12
const password = 'correct horse battery'
/** Pause of one client between two requests. The load is moderate, so that the service is busy but not full. */
const pause_ms = 20

/** One running load. */
interface Run {
  addresses: (() => string)[]
  counts: Counts
  examples: string[]
  stopped: boolean
}

/** @param addresses of the nodes; a node that starts again has another address */
export function startLoad(addresses: (() => string)[]): Load {
  const counts = { logins: 0, checks: 0, revocations: 0, refused: 0, stale: 0, faults: 0 }
  const run: Run = { addresses, counts, examples: [], stopped: false }
  for (let i = 0; i < clients; i++) void runClient(run, `soak-${process.pid}-${i}@example.com`)
  return {
    counts: () => ({ ...run.counts }),
    examples: () => run.examples,
    stop() {
      run.stopped = true
    },
  }
}

async function request(run: Run, node: number, method: string, path: string, call: Call) {
  await sleep(pause_ms)
  const address = (run.addresses[node % run.addresses.length] as () => string)()
  const answer = await send(address, method, path, call).catch(() => undefined)
  const status = answer?.status ?? 0
  if ([0, 429, 503].includes(status)) run.counts.refused++
  if (status >= 500 && status !== 503) {
    run.counts.faults++
    if (run.examples.length < 5) run.examples.push(`${method} ${path}: ${status} ${answer?.text}`)
  }
  return { status, json: answer?.json }
}

async function runClient(run: Run, email: string): Promise<void> {
  let path = '/auth/register'
  for (let node = 0; !run.stopped; node++) {
    const { status, json } = await request(run, node, 'POST', path, { json: { email, password } })
    // 409: the answer of an earlier registration was lost.
    if (status === 201 || status === 409) path = '/auth/login'
    if (status !== 200 && status !== 201) continue
    run.counts.logins++
    await useToken(run, node, json.access_token)
  }
}

/** Checks a token on every node, revokes the token, and checks again. */
async function useToken(run: Run, node: number, token: string): Promise<void> {
  for (let i = 0; i < 3; i++) await check(run, node + i, token)
  const all = node % 5 === 0
  const revoke = () =>
    all ? request(run, node, 'DELETE', '/tokens', { token }) : request(run, node, 'POST', '/auth/logout', { token })
  for (let attempt = 0; attempt < 20 && !run.stopped; attempt++) {
    const { status } = await revoke()
    // 401: an earlier attempt without an answer has revoked the token.
    if (status !== 200 && status !== 401) continue
    if (status === 401 && attempt === 0) return
    run.counts.revocations++
    for (let i = 0; i < 6; i++) {
      if ((await check(run, node + i, token)) !== 204) continue
      run.counts.stale++
      if (run.examples.length < 5)
        run.examples.push(`node ${(node + i) % run.addresses.length} accepted ${token.slice(-8)}`)
    }
    return
  }
}

async function check(run: Run, node: number, token: string): Promise<number> {
  run.counts.checks++
  return (await request(run, node, 'GET', '/auth/check', { token })).status
}
