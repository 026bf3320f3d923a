import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type MetricObject, type Registry } from 'prom-client'
import { Refusal } from '../refusal.ts'

/** How long a scrape waits for a worker. Prometheus waits 10 s for the scrape. */
const patience_ms = 1000

/** A worker asks the primary for all workers' metrics, because a scrape reaches only one worker. */
interface Question {
  type: 'latchkey:metrics'
  number: number
}

interface Answer extends Question {
  text?: string
  error?: string
}

/** The primary asks a worker for its own metrics. */
interface Part {
  type: 'latchkey:metrics-part'
  metrics?: MetricObject[]
}

/**
 * @returns reads the metrics of this process, or of all workers if several share the port
 * @throws Refusal metrics_unavailable, from the returned function
 */
export function metricsReader(registry: Registry): () => Promise<string> {
  if (!cluster.isWorker) return () => registry.metrics()
  const waiting = new Map<number, PromiseWithResolvers<string>>()
  let lastNumber = 0
  process.on('message', async (message: Answer | Part) => {
    if (message.type === 'latchkey:metrics-part') {
      const metrics = await registry.getMetricsAsJSON()
      process.send?.({ type: message.type, metrics } satisfies Part)
    } else if (message.type === 'latchkey:metrics') {
      const { number, text, error = '' } = message
      const pending = waiting.get(number)
      waiting.delete(number)
      if (text === undefined) pending?.reject(new Refusal('metrics_unavailable', { why: error }))
      else pending?.resolve(text)
    }
  })
  return () => {
    const pending = Promise.withResolvers<string>()
    waiting.set(++lastNumber, pending)
    process.send?.({ type: 'latchkey:metrics', number: lastNumber } satisfies Question)
    return pending.promise
  }
}

/** Answers the workers' requests for metrics. For the primary. */
export function answerMetricsRequests(): void {
  const gather = gatherer()
  // Scrapes at the same time share one round of questions.
  let round: Promise<string> | undefined
  cluster.on('message', async (worker: Worker, { type, number }: Question) => {
    if (type !== 'latchkey:metrics') return
    round ??= gather().finally(() => {
      round = undefined
    })
    const rest = await round.then(
      (text) => ({ text }),
      (error: Error) => ({ error: error.message }),
    )
    if (worker.isConnected()) worker.send({ type, number, ...rest } satisfies Answer)
  })
}

/**
 * @returns adds up the metrics of all workers. A worker that does not answer in time counts with its last answer, so that no
 * counter goes back while the worker hangs
 */
function gatherer(): () => Promise<string> {
  const latest = new Map<number, MetricObject[]>()
  const silent = new Set<number>()
  let complete = () => {}
  const heard = ({ id }: Worker) => {
    if (silent.delete(id) && silent.size === 0) complete()
  }
  cluster.on('message', (worker: Worker, { type, metrics }: Part) => {
    if (type !== 'latchkey:metrics-part' || metrics === undefined) return
    latest.set(worker.id, metrics)
    heard(worker)
  })
  cluster.on('exit', (worker) => {
    latest.delete(worker.id)
    heard(worker)
  })
  return async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    complete = resolve
    silent.clear()
    for (const worker of Object.values(cluster.workers ?? {})) {
      if (!worker?.isConnected()) continue
      silent.add(worker.id)
      worker.send({ type: 'latchkey:metrics-part' } satisfies Part)
    }
    const timer = setTimeout(resolve, patience_ms)
    await promise
    clearTimeout(timer)
    return AggregatorRegistry.aggregate([...latest.values()]).metrics()
  }
}
