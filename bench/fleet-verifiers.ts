import { setTimeout as sleep } from 'node:timers/promises'
import { file, type Server, startServer } from './processes.ts'
import { type Line, median } from './report.ts'
import { addService } from './service.ts'

const count = 8
/** A verifier's lease is half as long as a node's. The rest is the time of an ordinary revocation, and of this machine. */
const slack_ms = 100

interface Subject {
  nodes: Server[]
  folder: string
  database_url: string
  lease_ms: number
  rounds: number
  /** Revokes tokens at rest. Returns the median time until an answer, in milliseconds. */
  revoke: () => Promise<number>
  takeTokens: (count: number) => Promise<string[]>
}

/** Compares revocations beside verifiers with revocations without, and revokes beside verifiers that died or stand still. */
export async function measureVerifiers(subject: Subject): Promise<Line[]> {
  const { nodes, folder, lease_ms, rounds, revoke } = subject
  const { client_id, client_secret } = addService(folder, subject.database_url)
  const startSome = (node: Server, some: number) =>
    startServer([file('crowd-client.ts'), node.address, String(some)], folder, {
      CLIENT_ID: client_id,
      CLIENT_SECRET: client_secret,
    })
  const alone: number[] = []
  const beside: number[] = []
  for (let round = 0; round < rounds; round++) {
    alone.push(await revoke())
    const shares = nodes.map((_, i) => Math.floor((count + i) / nodes.length))
    const verifiers = await Promise.all(nodes.map((node, i) => startSome(node, shares[i] as number)))
    beside.push(await revoke())
    for (const each of verifiers) await each.stop()
    await sleep(lease_ms)
  }
  const lines: Line[] = [
    { name: 'revocation without verifiers, median', value: median(alone), unit: 'ms' },
    { name: `revocation with ${count} verifiers, median`, value: median(beside), unit: 'ms' },
    {
      name: `revocation with ${count} verifiers, of that without`,
      value: median(beside.map((value, i) => value / (alone[i] as number))),
      target: { atMost: 1.5 },
    },
  ]
  for (const signal of ['SIGKILL', 'SIGSTOP'] as const) {
    lines.push(...(await measureSilence(subject, signal, (node) => startSome(node, 1))))
  }
  return lines
}

/** Ends or stops a verifier of the second node, and revokes twice on the first node. */
async function measureSilence(
  { nodes, lease_ms, rounds, takeTokens }: Subject,
  signal: 'SIGKILL' | 'SIGSTOP',
  start: (node: Server) => Promise<Server>,
): Promise<Line[]> {
  const [node, other] = nodes as [Server, Server]
  const first: number[] = []
  const second: number[] = []
  let unready = 0
  for (let round = 0; round < rounds; round++) {
    const tokens = await takeTokens(2)
    for (const token of tokens) await call(node, 'GET', 'check', token)
    const verifier = await start(other)
    verifier.signal(signal)
    let watching = true
    const watch = async () => {
      while (watching) {
        for (const each of nodes) if ((await fetch(`${each.address}/readyz`)).status !== 200) unready++
        await sleep(10)
      }
    }
    const watched = watch()
    first.push(await call(node, 'POST', 'logout', tokens[0] as string))
    second.push(await call(node, 'POST', 'logout', tokens[1] as string))
    watching = false
    await watched
    verifier.signal('SIGCONT')
    await verifier.stop()
    await sleep(lease_ms)
  }
  const what = signal === 'SIGKILL' ? 'killed' : 'stopped'
  return [
    {
      name: `a verifier ${what}: the first revocation, longest`,
      value: Math.max(...first),
      unit: 'ms',
      target: { atMost: lease_ms / 2 + slack_ms },
    },
    {
      name: `a verifier ${what}: the second revocation, longest`,
      value: Math.max(...second),
      unit: 'ms',
      target: { atMost: slack_ms },
    },
    { name: `a verifier ${what}: answers of nodes without a lease`, value: unready, target: { atMost: 0 } },
  ]
}

/** @returns the time until the answer, in milliseconds */
async function call({ address }: Server, method: string, path: string, token: string): Promise<number> {
  const began_ms = performance.now()
  const headers = { authorization: `Bearer ${token}` }
  const answer = await fetch(`${address}/api/v1/auth/${path}`, { method, headers })
  await answer.arrayBuffer()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status}`)
  return performance.now() - began_ms
}
