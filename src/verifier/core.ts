import { createGenerations } from '../cache.ts'
import { readBearer } from '../http/bearer.ts'
import type { VerificationKey } from '../keys/keyring.ts'
import { createRemembered, type Remembered } from '../keys/remembered.ts'
import { Refusal } from '../refusal.ts'
import { createRevokedSet } from '../revocation/check/revoked-set.ts'
import { createEntrySet, type EntrySet, type Verdict } from '../revocation/entry.ts'
import { checkFollower, createFollower, type Follower } from '../revocation/feed/follower.ts'
import { authenticate, type Verification } from '../tokens/authenticate.ts'
import { type Claims, type Expected, factorScope } from '../tokens/claims.ts'
import { errorOf, type Realm, type VerifierError } from './error.ts'
import type { Rules } from './options.ts'
import { type Demands, demandRights, realmOfRoute } from './rights.ts'
import type { Verified } from './types.ts'

/** What a verifier needs to know of its server, and how it asks. */
export interface Sources {
  /** Undefined: nothing is known yet. */
  expected: () => Expected | undefined
  realm: () => Realm
  rules: Rules
  /** @throws Refusal token_status_unknown if the keys cannot be reached */
  findKey: (kid: string) => Promise<VerificationKey | undefined>
  /** The log has ended a key. */
  onKeyEnded: (kid: string) => void
  /** Asks the server whether the token counts. Undefined: a token without a lease is refused. */
  ask: ((token: string) => Promise<boolean>) | undefined
  /** Why there is no connection to the server, if that is known. */
  trouble: () => Error | undefined
}

/** For logs and metrics. */
export interface Counters {
  /** Tokens that were asked about, because no lease ran. */
  asked: number
  /** Requests that were refused, by the code of the error. */
  refused: Map<string, number>
}

/** Decides about tokens. Knows no network. */
export interface Core {
  follower: Follower
  remembered: Remembered<Seen>
  counters: Counters
  /** Number of entries that the feed has sent and that still matter. */
  entries: () => number
  verify: (token: string) => Promise<Verified>
  verifySync: (token: string) => Verified | undefined
  /**
   * Decides about a request.
   * @param rawHeaders names and values in turn
   * @returns null for a request without a token, if the route allows this
   * @throws VerifierError, also as a rejection
   */
  admit: (rawHeaders: readonly string[], demands: Demands) => Claims | null | Promise<Claims | null>
}

/** A token whose signature and claims were verified. */
interface Seen {
  verified: Verified
  /** The token counts from `from_ms` until `until_ms`, in milliseconds since 1970. */
  from_ms: number
  until_ms: number
  /** The token was not revoked when the set had this version. */
  version: number
}

/** Tokens that are remembered, twice. One takes about 1 kB. */
const seenLimit = 10_000

/** What the functions of a core share. */
interface State extends Pick<Core, 'follower' | 'remembered' | 'counters'> {
  sources: Sources
  /** Grows with each entry of the feed. */
  version: number
}

export function createCore(sources: Sources): Core {
  const remembered = createRemembered<Seen>(createGenerations(seenLimit))
  const revoked = createRevokedSet()
  const entries = createEntrySet(revoked, {
    dropKey(kid) {
      remembered.dropKey(kid)
      sources.onKeyEnded(kid)
    },
  })
  const add: EntrySet['add'] = (entry) => {
    state.version++
    entries.add(entry)
  }
  const state: State = {
    sources,
    remembered,
    follower: createFollower({ add, has: entries.has }),
    counters: { asked: 0, refused: new Map() },
    version: 0,
  }
  const { follower, counters } = state
  return {
    follower,
    remembered,
    counters,
    entries: revoked.size,
    verifySync: (token) => recall(state, token),
    verify(token) {
      const verified = recall(state, token)
      return verified === undefined ? verifySlowly(state, token) : Promise.resolve(verified)
    },
    admit: (rawHeaders, demands) => admit(state, rawHeaders, demands),
  }
}

/** Decides about a token that was seen before. */
function recall({ remembered, follower, version }: State, token: string): Verified | undefined {
  const seen = remembered.get(token)
  const { lease, set } = follower
  if (seen === undefined || lease === undefined) return undefined
  // Read after the request arrived. Both clocks must say that the lease runs.
  const wall_ms = Date.now()
  if (performance.now() >= lease.mono_ms || wall_ms >= lease.wall_ms) return undefined
  if (wall_ms >= seen.until_ms || wall_ms < seen.from_ms) return undefined
  if (seen.version !== version) {
    if (set.has(seen.verified.claims)) return undefined
    seen.version = version
  }
  return seen.verified
}

/** @param realm of the refusal. Default: the realm of users */
async function verifySlowly(state: State, token: string, realm = state.sources.realm): Promise<Verified> {
  const { sources, remembered } = state
  try {
    if (typeof token !== 'string' || token === '') throw new Refusal('token_missing')
    const expected = sources.expected()
    if (expected === undefined) {
      const cause = sources.trouble() ?? new Error('nothing is known of the server yet')
      throw new Refusal('token_status_unknown', { cause })
    }
    const claims = await authenticate(verificationOf(state, expected, token), token)
    if (claims.scope === factorScope) throw new Refusal('factor_missing')
    const missing = sources.rules.requiredClaims.find((name) => claims[name as keyof Claims] === undefined)
    if (missing !== undefined) throw new Refusal('token_invalid', { why: `the claim ${missing} is missing` })
    return remembered.get(token)?.verified ?? { claims }
  } catch (error) {
    throw refuse(state, error, realm())
  }
}

/** What it takes to decide about one token, as the server decides. */
function verificationOf(state: State, expected: Expected, token: string): Verification {
  const { sources, remembered } = state
  const { rules } = sources
  return {
    expected,
    findKey: (kid) => (remembered.isDropped(kid) ? Promise.resolve(undefined) : sources.findKey(kid)),
    remembered: {
      ...remembered,
      get: (text) => remembered.get(text)?.verified.claims,
      set: (text, claims, generation) => remembered.set(text, seenFrom(claims, rules), generation),
    },
    clock: Date.now,
    tolerance_ms: rules.tolerance_ms,
    check: (claims) => checkOrAsk(state, token, claims),
    onUse: () => {},
    unknownState: { occurred: () => {}, resolved: () => {} },
  }
}

function seenFrom(claims: Claims, { tolerance_ms, requiredClaims }: Rules): Seen {
  const isWhole = requiredClaims.every((name) => claims[name as keyof Claims] !== undefined)
  const counts = isWhole && claims.scope !== factorScope
  return {
    verified: Object.freeze({ claims: Object.freeze(claims) }),
    from_ms: claims.nbf === undefined ? Number.NEGATIVE_INFINITY : claims.nbf * 1000 - tolerance_ms,
    // A token that lacks a claim, or can only add a factor, is refused each time.
    until_ms: counts ? claims.exp * 1000 + tolerance_ms : Number.NEGATIVE_INFINITY,
    version: -1,
  }
}

async function checkOrAsk({ follower, sources, counters }: State, token: string, claims: Claims): Promise<Verdict> {
  const verdict = checkFollower(follower, claims, { mono_ms: performance.now(), wall_ms: Date.now() })
  if (verdict !== 'ask') return verdict
  // The caller refuses this token in any case. RFC 7662 has no answer that tells it from a revoked one.
  if (claims.scope === factorScope) return 'live'
  if (sources.ask === undefined) throw new Error('no lease runs', { cause: sources.trouble() })
  counters.asked++
  return (await sources.ask(token)) ? 'live' : 'revoked'
}

function refuse({ counters }: State, error: unknown, realm: Realm): VerifierError {
  const refusal = errorOf(error, realm)
  counters.refused.set(refusal.code, (counters.refused.get(refusal.code) ?? 0) + 1)
  return refusal
}

/** What every request pays for: no closure and no object for a token that is remembered. */
function admit(state: State, rawHeaders: readonly string[], demands: Demands): Claims | null | Promise<Claims | null> {
  let token: string
  try {
    token = readBearer(rawHeaders)
  } catch (error) {
    return admitWithoutToken(state, error, rawHeaders, demands)
  }
  const verified = recall(state, token)
  if (verified === undefined) return admitSlowly(state, token, demands)
  demandRights(verified.claims, demands, state.sources.realm)
  return verified.claims
}

async function admitSlowly(state: State, token: string, demands: Demands): Promise<Claims> {
  const { realm } = state.sources
  const { claims } = await verifySlowly(state, token, () => realmOfRoute(realm, demands.admin))
  demandRights(claims, demands, realm)
  return claims
}

/** @param error of `readBearer` */
function admitWithoutToken(
  state: State,
  error: unknown,
  rawHeaders: readonly string[],
  { optional, admin }: Demands,
): null {
  const isMissing = error instanceof Refusal && error.code === 'token_missing'
  const isTwice = isMissing && isJoined(rawHeaders)
  if (isMissing && !isTwice && optional) return null
  const refusal = isTwice ? new Refusal('token_invalid', { why: 'two Authorization headers' }) : error
  throw refuse(state, refusal, realmOfRoute(state.sources.realm, admin))
}

/** `Headers` joins several headers of one name with commas. Neither a token nor `Basic` credentials contain a comma. */
function isJoined(rawHeaders: readonly string[]): boolean {
  const at = rawHeaders.findIndex((name, i) => i % 2 === 0 && name.toLowerCase() === 'authorization')
  const value = rawHeaders[at + 1] ?? ''
  return (
    at !== -1 &&
    (/^[^ ]+, /.test(value) || /, *(bearer|basic) /i.test(value) || /, *[\w-]+\.[\w-]+\.[\w-]+$/.test(value))
  )
}
