import { appendFact } from '../audit/append.ts'
import type { Attempt } from '../credentials/throttle.ts'
import type { Ports } from '../ports.ts'
import { Refusal, type RefusalCode } from '../refusal.ts'
import type { Client } from '../tokens/client.ts'
import { noteLimit } from '../tokens/note-limit.ts'

/** Who guesses at a password, a code or a ticket. */
export interface Guess {
  /** The account, or what was tried if there is no such account. */
  account: Attempt['account']
  /** Whether the account has logged in from this network before. */
  known: boolean
  client: Client
}

/**
 * Checks a guess with the limits of failed logins. A wrong guess counts as a failed login.
 * @param check returns the code of the refusal if the guess is wrong
 * @throws Refusal that code, too_many_failures, too_many_logins, too_many_from_address; and what `check` throws
 */
export async function checkGuess<T extends object>(
  ports: Ports,
  { account, known, client }: Guess,
  check: () => Promise<T | RefusalCode>,
): Promise<T> {
  const { throttle, log } = ports
  const attempt: Attempt = { account, network: client.network, known }
  const user = 'id' in account ? account.id : undefined
  const limited = noteLimit(ports, client, user)
  await throttle.begin(attempt).catch(limited)
  const found = await check()
  if (typeof found === 'string') {
    await throttle.fail(attempt).catch(limited)
    await noteFailure(ports, user, found)
    log.info({ user, address: client.ip }, 'login failed')
    throw new Refusal(found)
  }
  // Concurrent guesses may have reached the limit. Then the answer must not reveal a correct guess.
  await throttle.admit(attempt).catch(limited)
  return found
}

/** The tried name is not written, because it may be a password that was entered in the wrong field. */
function noteFailure(ports: Ports, id: string | undefined, why: RefusalCode): Promise<void> {
  const fact = { action: 'login.failed', actor: null, subject: id ?? null, details: { why } } as const
  return ports.store.transaction().execute((trx) => appendFact(trx, ports, fact))
}
