import type { FastifyInstance, onSendHookHandler } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Counts in plain maps, so that counting costs a request almost nothing. Prometheus reads them when it asks. */
export interface Counters {
  /** Starts a series: the answers of one method of a route, by status. */
  answers: (method: string, route: string) => (status: number) => void
  refusal: (reason: string) => void
}

/** The metrics of this process: those of Node.js, and the counters of HTTP. Rooms add theirs to the registry. */
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

/** Counts the answers of every route that is registered from now on. One hook for each route saves a look-up per request. */
export function countAnswers(app: FastifyInstance, { answers }: Counters): void {
  app.addHook('onRoute', (route) => {
    const count = answers([route.method].flat().join(), route.url)
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

/** A counter whose value is read when Prometheus asks. */
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
 * A gauge whose value is read when Prometheus asks.
 * @param options `aggregator`: how the gauges of several workers become one
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

/** @returns takes one duration, in milliseconds */
export function addHistogram(
  registry: Registry,
  options: { name: string; help: string; buckets: number[] },
): (ms: number) => void {
  const histogram = new Histogram({ ...options, registers: [registry] })
  return (ms) => histogram.observe(ms / 1000)
}
