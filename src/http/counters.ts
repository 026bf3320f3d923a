import type { FastifyInstance, onSendHookHandler } from 'fastify'
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Ports } from '../ports.ts'

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
  gauge(registry, 'latchkey_revoked_tokens', 'Revoked tokens held in memory.', () => ports.revocation.size())
  gauge(registry, 'latchkey_hashes_running', 'Password hashes being computed.', () => ports.hasher.running())
  gauge(registry, 'latchkey_hashes_waiting', 'Password hashes waiting.', () => ports.hasher.waiting())
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

function gauge(registry: Registry, name: string, help: string, read: () => number): void {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read())
    },
  })
}
