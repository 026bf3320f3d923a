import { appendFact } from '../audit/append.ts'
import { queueMail } from '../mail/queue.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { changedEntry, type Entry } from '../revocation/entry.ts'
import type { Trx } from '../store/schema.ts'
import { needsFactor } from './factor.ts'
import { type AccountSeen, findAddress, lockAccount, updateFactors } from './records.ts'

/** A caller whose right to change the factors of an account was checked. */
export interface Changer {
  id: string
  generation: number
  /** The client's address, for the log. */
  address: string
  /** Locks the account's row and uses up what was checked. @throws Refusal if the account has changed since the check */
  hold: (trx: Trx) => Promise<void>
}

/** What has happened to the factors of an account. */
export type FactorChange = `${'totp' | 'passkey'} ${'added' | 'removed'}` | 'recovery codes made'

/** The entry that makes every node forget what the node remembers of an account. It ends no token. */
export function changedAccount(
  { settings, clock, revocation }: Pick<Ports, 'settings' | 'clock' | 'revocation'>,
  account: { id: string; generation: number },
): Entry {
  const lifetime_ms = 2 * settings.TOKEN_TTL_SECONDS * 1000
  // Nodes may delete what expires below the horizon before another node has read it.
  return changedEntry({ ...account, expires_at: Math.max(clock() + lifetime_ms, revocation.horizon() + 1) })
}

/** Locks the account's row until the commit. @returns false if the account has changed since it was read */
export function holdAccount(trx: Trx, seen: AccountSeen): Promise<boolean> {
  return lockAccount(trx, seen)
}

/**
 * Changes the factors of an account, or its recovery codes, in one transaction. Every change of factors goes through here, except
 * for the operator's reset and the deletion of the account. So this is the place for what has to be told in the same transaction.
 * @param what for the log, the audit trail and the message to the owner
 * @throws Refusal last_factor if the account must have one; and what `hold` and `act` throw
 */
export async function changeFactors<T>(
  ports: Ports,
  { id, generation, address, hold }: Changer,
  what: FactorChange,
  act: (trx: Trx) => Promise<T>,
): Promise<T> {
  const { settings, log } = ports
  const { result, factors } = await commitAndTell(ports, async (trx) => {
    await hold(trx)
    const result = await act(trx)
    const { factors, admin } = await updateFactors(trx, id)
    if (factors === '' && needsFactor(settings, { admin })) throw new Refusal('last_factor')
    await appendFact(trx, ports, { action: 'factors.changed', subject: id, details: { change: what } })
    await tellOwner(trx, ports, { id, address }, what)
    return { entries: [changedAccount(ports, { id, generation })], result, factors }
  })
  log.info({ user: id, change: what, factors, address }, 'second factors changed')
  return result
}

/**
 * Commits a change and waits until every node has forgotten what it remembers of the account. If the fleet cannot confirm that, the
 * change stands all the same, and its answer may have recovery codes that are shown once. A node then shows old factors for a while,
 * but no login relies on what a node remembers.
 */
async function commitAndTell<T extends { entries: Entry[] }>(
  { revocation, log }: Ports,
  change: (trx: Trx) => Promise<T>,
): Promise<T> {
  let changed: T | undefined
  try {
    return await revocation.revoke(async (trx) => {
      changed = await change(trx)
      return changed
    })
  } catch (error) {
    const isCommitted = error instanceof Refusal && error.code === 'revocation_unconfirmed'
    if (!isCommitted || changed === undefined) throw error
    log.warn('a node may still show the second factors from before the last change')
    return changed
  }
}

/** Queues a message, so that a thief of the account cannot add or remove a factor unnoticed. */
async function tellOwner(
  trx: Trx,
  ports: Ports,
  { id, address: ip }: { id: string; address: string },
  what: FactorChange,
): Promise<void> {
  if (what === 'recovery codes made') return
  const [factor, change] = what.split(' ') as ['totp' | 'passkey', 'added' | 'removed']
  const about = { time: new Date(ports.clock()).toISOString(), ip, factor: factorNames[factor] }
  const recipient = await findAddress(trx, id)
  if (recipient !== undefined) await queueMail(trx, ports, { kind: `factor-${change}`, recipient, user_id: id, about })
}

const factorNames = { totp: 'an authenticator app', passkey: 'a passkey' }
