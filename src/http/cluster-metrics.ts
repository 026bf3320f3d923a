import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { Refusal } from '../refusal.ts'

/** Message type. A worker asks the primary for all workers' metrics, because a scrape reaches only one worker. */
const request = 'latchkey:metrics'

interface Answer {
  type: typeof request
  number: number
  text?: string
  error?: string
}

/**
 * @returns reads the metrics of this process, or of all workers if several share the port
 * @throws Refusal metrics_unavailable, from the returned function
 */
export function metricsReader(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics()
  AggregatorRegistry.setRegistries(registry)
  // Lets prom-client answer the primary.
  new AggregatorRegistry()
  const waiting = new Map<number, PromiseWithResolvers<string>>()
  let lastNumber = 0
  process.on('message', ({ type, number, text, error }: Answer) => {
    if (type !== request) return
    const pending = waiting.get(number)
    waiting.delete(number)
    // Happens while a dead worker is being replaced.
    if (text === undefined) pending?.reject(new Refusal('metrics_unavailable', { why: error ?? '' }))
    else pending?.resolve(text)
  })
  return () => {
    const pending = Promise.withResolvers<string>()
    waiting.set(++lastNumber, pending)
    process.send?.({ type: request, number: lastNumber } satisfies Answer)
    return pending.promise
  }
}

/** Answers the workers' requests for metrics. For the primary. */
export function answerMetricsRequests(): void {
  const all = new AggregatorRegistry()
  cluster.on('message', (worker: Worker, { type, number }: Answer) => {
    if (type !== request) return
    const answer = (rest: Partial<Answer>) => {
      if (worker.isConnected()) worker.send({ type: request, number, ...rest })
    }
    all.clusterMetrics().then(
      (text) => answer({ text }),
      (error: Error) => answer({ error: error.message }),
    )
  })
}
