import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'
import { Refusal } from '../refusal.ts'

/** A worker asks its primary for the figures of all workers together, since Prometheus meets a different one each time. */
const request = 'latchkey:metrics'

interface Answer {
  type: typeof request
  number: number
  text?: string
  error?: string
}

/** How `/metrics` gets its text: by itself, or where several workers share a port, from all of them through the primary. */
export function metricsReader(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics()
  AggregatorRegistry.setRegistries(registry)
  // Makes prom-client answer the primary.
  new AggregatorRegistry()
  const waiting = new Map<number, PromiseWithResolvers<string>>()
  let asked = 0
  process.on('message', ({ type, number, text, error }: Answer) => {
    if (type !== request) return
    const one = waiting.get(number)
    waiting.delete(number)
    // As long as a worker that has died is being replaced.
    if (text === undefined) one?.reject(new Refusal('metrics_unavailable', { why: error ?? '' }))
    else one?.resolve(text)
  })
  return () => {
    const one = Promise.withResolvers<string>()
    waiting.set(++asked, one)
    process.send?.({ type: request, number: asked } satisfies Answer)
    return one.promise
  }
}

/** The primary's part. */
export function answerWorkers(): void {
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
