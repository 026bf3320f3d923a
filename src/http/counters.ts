import type { FastifyInstance, onSendHookHandler } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Ports } from '../ports.ts'
import type { FleetFigures } from '../revocation/revocation.ts'

/** Plain counts; Prometheus reads them when it asks, so that counting costs a request next to nothing. */
export interface Counters {
  /** Starts a series: how a method of a route answers, by status. */
  answers: (method: string, route: string) => (status: number) => void
  refusal: (reason: string) => void
}

export function createCounters(ports: Ports): { counters: Counters; registry: Registry } {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests: Series[] = []
  const refusals: Series = { labels: {}, by: 'reason', counts: new Map() }
  expose(registry, requests, 'latchkey_http_requests_total', 'Answered requests.', ['method', 'route', 'status'])
  expose(registry, [refusals], 'latchkey_refusals_total', 'Refused requests by reason.', ['reason'])
  gauge(registry, 'latchkey_revoked_tokens', 'Revoked tokens held in memory.', () => ports.revocation.size(), 'max')
  gauge(registry, 'latchkey_hashes_running', 'Password hashes being computed.', () => ports.hasher.running())
  gauge(registry, 'latchkey_hashes_waiting', 'Password hashes waiting.', () => ports.hasher.waiting())
  if (ports.revocation.figures !== undefined) exposeFleet(registry, ports.revocation.figures)
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

/** Counts what every route that is registered from now on answers; a hook a route, since a route is dear to look up. */
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

/** Counts under one label, by the values of another. */
interface Series {
  labels: Record<string, string>
  by: string
  counts: Map<string | number, number>
}

function increment({ counts }: Series, value: string | number): void {
  counts.set(value, (counts.get(value) ?? 0) + 1)
}

function expose(registry: Registry, all: Series[], name: string, help: string, labelNames: string[]): void {
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

/** From well under a round trip to the longest that a revocation is waited for. */
const fenceBuckets_s = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

function exposeFleet(registry: Registry, figures: FleetFigures): void {
  const name = (rest: string) => `latchkey_${rest}`
  const age_s = () => figures.leaseAge_ms() / 1000
  gauge(registry, name('lease_age_seconds'), 'Since the revoked tokens were known for certain.', age_s, 'max')
  gauge(registry, name('log_lag_entries'), 'Entries of the log that are known of and not read yet.', figures.lag, 'max')
  gauge(registry, name('nodes'), 'Nodes in the fleet when it was last looked at.', figures.nodes, 'max')
  count(registry, name('slow_checks_total'), 'Checks that memory could not answer.', () => figures.asked)
  count(registry, name('stale_refusals_total'), 'Checks that nothing could answer.', () => figures.refused)
  count(registry, name('waited_out_nodes_total'), 'Nodes whose lease was waited out.', () => figures.waited_out)
  const fence = new Histogram({
    name: name('fence_seconds'),
    help: 'How long a revocation waited for the fleet.',
    buckets: fenceBuckets_s,
    registers: [registry],
  })
  figures.onFence = (waited_ms) => fence.observe(waited_ms / 1000)
}

function count(registry: Registry, name: string, help: string, read: () => number): void {
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

/** @param aggregator how the gauges of several workers become one */
function gauge(
  registry: Registry,
  name: string,
  help: string,
  read: () => number,
  aggregator: 'sum' | 'max' = 'sum',
): void {
  new Gauge({
    name,
    help,
    aggregator,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
