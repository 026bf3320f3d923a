import { randomUUID } from 'node:crypto'
import type { Algorithm } from '../keys/keyring.ts'
import { importPrivate, makeKeyPair } from '../keys/keyring.ts'
import { userEntry } from '../revocation/entry.ts'
import type { Claims } from '../tokens/claims.ts'
import { signToken } from '../tokens/sign.ts'
import { createCore } from './core.ts'
import { parseRules, type VerifierOptions } from './options.ts'
import type { Verifier } from './types.ts'
import { wrap } from './wrap.ts'

/** A verifier with a Latchkey of its own, in memory. */
export interface TestVerifier extends Verifier {
  /** Issues a token. Claims that are not given are usual ones: a user who is no administrator, and a quarter of an hour. */
  issue: (claims?: Partial<Claims>) => Promise<string>
  /** Takes a token back. The next check refuses it. */
  revoke: (token: string) => void
  /** Takes all tokens of a user back. @param sub the user's `sub` */
  revokeUser: (sub: string) => void
  /** The lease ends, as without a connection. Tokens are refused with `status_unknown` then, unless `onStale` was `ask`. */
  cut: () => void
  /** A lease runs again. */
  restore: () => void
}

const issuer = 'https://latchkey.test'
const ttl_s = 900

/** Creates a verifier for tests, without a network. */
export async function createTestVerifier(
  options: Pick<VerifierOptions, 'clockTolerance_s' | 'requiredClaims' | 'onStale'> & { alg?: Algorithm } = {},
): Promise<TestVerifier> {
  const key = await importPrivate(await makeKeyPair(options.alg ?? 'ES256'))
  const core = createCore({
    expected: () => ({ issuer, audience: [issuer] }),
    realm: () => ({ audience: 'registered_users', domain: 'latchkey.test' }),
    rules: parseRules(options),
    findKey: async (kid) => (kid === key.kid ? key : undefined),
    onKeyEnded: () => {},
    trouble: () => undefined,
    // What a server would say: it knows every revocation.
    ask:
      options.onStale === 'ask' ? async (token) => !core.follower.set.has(withGeneration(claimsOf(token))) : undefined,
  })
  const restore = () => {
    core.follower.lease = { mono_ms: Number.POSITIVE_INFINITY, wall_ms: Number.POSITIVE_INFINITY }
  }
  restore()
  const close = async () => {
    core.follower.lease = undefined
  }
  const generations = new Map<string, number>()
  return Object.assign(
    wrap(core, async () => {}, close),
    {
      async issue(claims: Partial<Claims> = {}) {
        const iat = Math.floor(Date.now() / 1000)
        const sub = claims.sub ?? randomUUID()
        const gen = generations.get(sub) ?? 0
        const usual = { iss: issuer, aud: issuer, client_id: 'latchkey', admin: false, iat, exp: iat + ttl_s }
        return signToken(key, { ...usual, sub, gen, jti: randomUUID(), ...claims })
      },
      revoke(token: string) {
        const { jti, exp } = claimsOf(token)
        core.follower.set.add({ jti, expires_at: exp * 1000 })
      },
      revokeUser(sub: string) {
        const generation = generations.get(sub) ?? 0
        generations.set(sub, generation + 1)
        core.follower.set.add(userEntry({ id: sub, generation, tokens_expire_at: Date.now() + 1000 * ttl_s }))
      },
      cut() {
        core.follower.lease = undefined
      },
      restore,
    },
  )
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

function withGeneration(claims: Claims): Claims {
  return { ...claims, gen: claims.gen ?? 0 }
}
