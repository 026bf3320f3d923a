import type { FastifyInstance, onSendHookHandler } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Counters in plain maps, which cost a request almost nothing. They are copied when Prometheus scrapes. */
export interface Counters {
  /** Creates a series that counts the answers of one method of a route by status. */
  answers: (method: string, route: string) => (status: number) => void
  refusal: (reason: string) => void
}

/** Creates the metrics of Node.js and HTTP. Rooms add their own metrics to the registry. */
export function createMetrics(): { registry: Registry; counters: Counters } {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests: Series[] = []
  const refusals: Series = { labels: {}, by: 'reason', counts: new Map() }
  addSeries(registry, requests, 'latchkey_http_requests_total', 'Answered requests.', ['method', 'route', 'status'])
  addSeries(registry, [refusals], 'latchkey_refusals_total', 'Refused requests by reason.', ['reason'])
  return {
    registry,
    counters: {
      answers(method, route) {
        const series: Series = { labels: { method, route }, by: 'status', counts: new Map() }
        requests.push(series)
        return (status) => increment(series, status)
      },
      refusal: (reason) => increment(refusals, reason),
    },
  }
}

/** Counts the answers of every route that is registered later. A hook per route saves a look-up per request. */
export function countAnswers(app: FastifyInstance, { answers }: Counters): void {
  app.addHook('onRoute', (route) => {
    const methods = [route.method].flat()
    const count = answers(methods.length > 2 ? 'any' : methods.join(), route.url)
    const onSend: onSendHookHandler = (_request, reply, payload, done) => {
      count(reply.statusCode)
      done(null, payload)
    }
    route.onSend = [route.onSend ?? [], onSend].flat()
  })
}

/** Counts by the values of one label. The other labels are fixed. */
interface Series {
  labels: Record<string, string>
  by: string
  counts: Map<string | number, number>
}

function increment({ counts }: Series, value: string | number): void {
  counts.set(value, (counts.get(value) ?? 0) + 1)
}

function addSeries(registry: Registry, all: Series[], name: string, help: string, labelNames: string[]): void {
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset()
      for (const { labels, by, counts } of all) {
        for (const [value, count] of counts) this.inc({ ...labels, [by]: value }, count)
      }
    },
  })
}

/** Adds a counter with one label, which reads its values when Prometheus scrapes. */
export function addCounters(
  registry: Registry,
  { name, help, label }: { name: string; help: string; label: string },
  read: () => ReadonlyMap<string, number>,
): void {
  new Counter({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      this.reset()
      for (const [value, count] of read()) this.inc({ [label]: value }, count)
    },
  })
}

/** Adds a counter that reads its value when Prometheus scrapes. */
export function addCounter(registry: Registry, name: string, help: string, read: () => number): void {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}

/**
 * Adds a gauge that reads its value when Prometheus scrapes.
 * @param options `aggregator`: how the gauges of several workers are combined
 */
export function addGauge(
  registry: Registry,
  options: { name: string; help: string; aggregator?: 'sum' | 'max' },
  read: () => number,
): void {
  new Gauge({
    aggregator: 'sum',
    ...options,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}

/** Adds a histogram in seconds. @returns records one duration, in milliseconds */
export function addHistogram(
  registry: Registry,
  options: { name: string; help: string; buckets: number[] },
): (ms: number) => void {
  const histogram = new Histogram({ ...options, registers: [registry] })
  return (ms) => histogram.observe(ms / 1000)
}
