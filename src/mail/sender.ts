import { type Problem, watchProblem } from '../operation/problem.ts'
import type { Ports } from '../ports.ts'
import { MailError, type Mailer } from './mailer.ts'
import { isMessageKind, type Prepared } from './message.ts'
import { claimMessage, deleteMessage, type MessageRow, postponeMessage } from './records.ts'
import { fillTemplate, type Templates } from './templates.ts'

const poll_ms = 500
/** Messages that this process sends at once. */
const chains = 4
/** How long one attempt may take. */
const attempt_ms = 60_000
/** From when on another process takes a message of a process that was killed. The clocks of nodes may differ by a minute. */
const claim_ms = 120_000
/** Pause after the first failure. It doubles with each failure, up to the last value. */
const firstPause_ms = 5_000
const lastPause_ms = 3_600_000
/** Attempts of about 21 hours. */
const maxAttempts = 30
/** A server that cannot be used is tried again after this time at the latest. */
const longestOutage_ms = 60_000
/** How long a shutdown waits for messages that are being sent. */
const drain_ms = 5_000

/**
 * Makes what a message needs at the moment that the message is sent, such as its link. Undefined: the message is no longer
 * wanted, because the account has changed or does not exist.
 */
export type Prepare = (ports: Ports, row: MessageRow) => Promise<Prepared | undefined>

/** What the sender works with. */
interface Sender {
  ports: Ports
  mailer: Mailer
  templates: Templates
  prepare: Prepare
  problem: Problem
  /** Failures of the server one after the other. */
  outages: number
  /** Nothing is sent before this time, by the monotonic clock. */
  paused_until_ms: number
  stopping: boolean
}

/**
 * Sends queued messages until the returned function is called. Each message is claimed, sent, and deleted. A process that is
 * killed between the last two steps leaves a message that is sent again, so no message is lost, and in ordinary running none is
 * sent twice.
 */
export function startSender(ports: Ports, mailer: Mailer, templates: Templates, prepare: Prepare): () => Promise<void> {
  const { availability, log } = ports
  const problem = watchProblem(log, 'messages cannot be sent', () => performance.now())
  const sender: Sender = {
    ports,
    mailer,
    templates,
    prepare,
    problem,
    outages: 0,
    paused_until_ms: 0,
    stopping: false,
  }
  const active = new Set<Promise<void>>()
  // One more chain at each tick, so that a slow message delays no other.
  const timer = setInterval(() => {
    if (active.size === chains) return
    const chain = sendChain(sender)
      .catch((error) => {
        if (!availability.noticed(error))
          log.error({ err: error }, 'the queue of messages failed and will be tried again')
      })
      .finally(() => active.delete(chain))
    active.add(chain)
  }, poll_ms).unref()
  return async () => {
    clearInterval(timer)
    sender.stopping = true
    const done = Promise.all(active)
    await within(drain_ms, done).catch(() => {})
    // What is still being sent fails now, and is sent again later.
    mailer.close()
    await done
  }
}

/**
 * Sends what is due now, one message after the other. What is queued meanwhile waits for the next tick: if a message were sent at
 * once, the request behind it would take longer, and would tell that the address has an account.
 */
async function sendChain(sender: Sender): Promise<void> {
  const { store, clock } = sender.ports
  const begin = clock()
  while (!sender.stopping && performance.now() >= sender.paused_until_ms) {
    const row = await claimMessage(store, begin, clock() + claim_ms)
    if (row === undefined) return
    await sendOne(sender, row)
  }
}

async function sendOne(sender: Sender, row: MessageRow): Promise<void> {
  const { ports, mailer, templates, prepare, problem } = sender
  const { id, kind, user_id: user } = row
  const prepared = isMessageKind(kind) ? await prepare(ports, row) : undefined
  if (!isMessageKind(kind) || prepared === undefined) {
    ports.log.debug({ message: id, kind, user }, 'a message is no longer wanted')
    return deleteMessage(ports.store, id)
  }
  const { recipient, values } = prepared
  try {
    const letter = { id, kind, recipient, ...fillTemplate(templates[kind], values), link: values.link }
    await within(attempt_ms, mailer.send(letter))
  } catch (error) {
    return fail(sender, row, error instanceof MailError ? error : new MailError((error as Error).message, 'later'))
  }
  await deleteMessage(ports.store, id)
  sender.outages = 0
  problem.resolved()
  ports.log.info({ message: id, kind, user }, 'a message was sent')
}

async function fail(sender: Sender, row: MessageRow, { message: why, scope }: MailError): Promise<void> {
  const { ports, problem, stopping } = sender
  const { id, kind, user_id: user, attempts } = row
  if (scope === 'server' && !stopping) {
    sender.outages++
    sender.paused_until_ms =
      performance.now() + Math.min(longestOutage_ms, firstPause_ms * 2 ** Math.min(sender.outages - 1, 10))
  }
  if (scope === 'never' || attempts >= maxAttempts) {
    ports.log.error({ message: id, kind, user, attempts, why }, 'a message was given up')
    return deleteMessage(ports.store, id)
  }
  if (scope === 'server') problem.occurred({ why })
  else ports.log.warn({ message: id, kind, user, attempts, why }, 'a message was not sent and will be tried again')
  const pause_ms = Math.min(lastPause_ms, firstPause_ms * 2 ** Math.min(attempts - 1, 20))
  await postponeMessage(ports.store, row, ports.clock() + pause_ms)
}

/** @throws MailError if the work takes longer. The work itself goes on */
async function within<T>(limit_ms: number, work: Promise<T>): Promise<T> {
  const { promise: tooLate, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new MailError('the server took too long', 'server')), limit_ms)
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer))
}
