import { jwtVerify } from 'jose'
import { importPrivate, makeKeyPair } from '../src/keys/keyring.ts'
import { signToken } from '../src/tokens/sign.ts'
import { type Core, createCore } from '../src/verifier/core.ts'
import { measureGuards } from './guards.ts'
import { type Line, median, type Plan } from './report.ts'

/** Enough for many users. All of them are remembered. */
const tokens = 1000
const calls = 1_000_000
const firstSights = 1000

/** Measures the calls of a verifier in this process, and servers with a verifier that follows a real server. */
export async function measureVerifier(plan: Plan): Promise<Line[]> {
  return [...(await measureCalls(plan)), ...(await measureGuards(plan))]
}

const issuer = 'https://auth.example.com'

/** A verifier without a network that holds a lease. */
async function createLab() {
  const key = await importPrivate(await makeKeyPair('ES256'))
  const core = createCore({
    expected: () => ({ issuer, audience: [issuer] }),
    realm: () => ({ audience: 'registered_users', domain: 'example.com' }),
    rules: { tolerance_ms: 0, requiredClaims: [] },
    findKey: async (kid) => (kid === key.kid ? key : undefined),
    onKeyEnded: () => {},
    ask: undefined,
    trouble: () => undefined,
  })
  core.follower.lease = { mono_ms: Number.POSITIVE_INFINITY, wall_ms: Number.POSITIVE_INFINITY }
  const sub = crypto.randomUUID()
  const issue = () => {
    const iat = Math.floor(Date.now() / 1000)
    const claims = { iss: issuer, aud: issuer, client_id: 'latchkey', sub, admin: false, gen: 0, iat, exp: iat + 900 }
    return signToken(key, { ...claims, jti: crypto.randomUUID() })
  }
  const issueMany = (count: number) => Promise.all(Array.from({ length: count }, issue))
  return { core, key, issueMany }
}

type Lab = Awaited<ReturnType<typeof createLab>>

async function measureCalls({ rounds, scale }: Plan): Promise<Line[]> {
  const lab = await createLab()
  const seen = await lab.issueMany(tokens)
  for (const token of seen) await lab.core.verify(token)
  const rates = { verify: [] as number[], sync: [] as number[], copies: [] as number[] }
  const ratios: number[] = []
  // The first round warms up.
  for (let round = 0; round <= rounds; round++) {
    rates.verify[round] = await verifyRate(lab.core, seen, calls * scale)
    rates.sync[round] = syncRate(lab.core, seen)
    rates.copies[round] = copiesRate(lab.core, seen)
    ratios[round] = await firstSightRatio(lab)
  }
  const middle = (values: number[]) => median(values.slice(1))
  const unit = 'calls/s'
  return [
    { name: 'verify, a token seen before', value: middle(rates.verify), unit, target: { atLeast: 1_000_000 } },
    { name: 'verifySync', value: middle(rates.sync), unit, target: { atLeast: 3_000_000 } },
    { name: 'verifySync, each time a new copy of the text', value: middle(rates.copies), unit },
    {
      name: 'the first sight of a token relative to jwtVerify of jose',
      value: middle(ratios),
      target: { atLeast: 0.9 },
    },
  ]
}

async function verifyRate(core: Core, seen: string[], count: number): Promise<number> {
  const began = performance.now()
  for (let i = 0; i < count; i++) await core.verify(seen[i % tokens] as string)
  return (count * 1000) / (performance.now() - began)
}

function syncRate(core: Core, seen: string[]): number {
  let accepted = 0
  const began = performance.now()
  for (let i = 0; i < calls; i++) if (core.verifySync(seen[i % tokens] as string) !== undefined) accepted++
  const rate = (calls * 1000) / (performance.now() - began)
  if (accepted !== calls) throw new Error('a live token was refused')
  return rate
}

/** The hash of a new text is not known yet. A text that came in a request is new. */
function copiesRate(core: Core, seen: string[]): number {
  let spent_ms = 0
  const bytes = seen.map((token) => Buffer.from(token))
  for (let round = 0; round < 100; round++) {
    const copies = bytes.map((each) => each.toString('latin1'))
    const began = performance.now()
    for (const copy of copies) core.verifySync(copy)
    spent_ms += performance.now() - began
  }
  return (100 * tokens * 1000) / spent_ms
}

/** In turn, token by token, and each side first every other time, so that both sides find the same machine. */
async function firstSightRatio({ core, key, issueMany }: Lab): Promise<number> {
  const options = { issuer, audience: issuer, typ: 'at+jwt', algorithms: [key.alg] }
  const sides = {
    ours: (token: string): Promise<unknown> => core.verify(token),
    jose: (token: string): Promise<unknown> => jwtVerify(token, key.public_key, options),
  }
  const spent_ms = { ours: [] as number[], jose: [] as number[] }
  for (const [i, token] of (await issueMany(firstSights)).entries()) {
    for (const side of i % 2 === 0 ? (['ours', 'jose'] as const) : (['jose', 'ours'] as const)) {
      const began = performance.now()
      await sides[side](token)
      spent_ms[side].push(performance.now() - began)
    }
  }
  // Other work on the machine delays a few calls by much.
  return median(spent_ms.jose) / median(spent_ms.ours)
}
