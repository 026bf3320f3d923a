/** A question of the primary, which a worker sends back. A worker whose event loop stands still does not. */
interface Pulse {
  type: 'latchkey:pulse'
}

/** Time between two questions, and unanswered questions after which a worker hangs: 10 s. */
const interval_ms = 2000
const mostUnanswered = 5

/** What {@link watchPulse} needs of a worker. */
interface Questioned {
  send: (message: Pulse) => unknown
  on: (event: 'message', listener: (message: Pulse) => void) => unknown
}

/**
 * Asks a worker at intervals whether it still runs. Counts questions, not time: after a pause of the whole machine no worker hangs.
 * @param hangs called once, when the worker has left too many questions unanswered
 * @returns ends the watch
 */
export function watchPulse(worker: Questioned, hangs: () => void): () => void {
  let unanswered = 0
  worker.on('message', ({ type }) => {
    if (type === 'latchkey:pulse') unanswered = 0
  })
  const timer = setInterval(() => {
    if (unanswered === mostUnanswered) {
      clearInterval(timer)
      hangs()
    } else {
      unanswered++
      worker.send({ type: 'latchkey:pulse' })
    }
  }, interval_ms)
  return () => clearInterval(timer)
}

/** Answers the primary's questions. For a worker. */
export function answerPulse(): void {
  process.on('message', ({ type }: Pulse) => {
    if (type === 'latchkey:pulse') process.send?.({ type } satisfies Pulse)
  })
}
