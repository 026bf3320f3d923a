import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Ports } from '../ports.ts'

/** Plain counts by label; Prometheus reads them when it asks, so that counting costs a request next to nothing. */
export interface Counters {
  request: (method: string, route: string, status: number) => void
  refusal: (reason: string) => void
}

export function createCounters(ports: Ports): { counters: Counters; registry: Registry } {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const requests = new Map<string, number>()
  const refusals = new Map<string, number>()
  expose(registry, requests, 'latchkey_http_requests_total', 'Answered requests.', ['method', 'route', 'status'])
  expose(registry, refusals, 'latchkey_refusals_total', 'Refused requests by reason.', ['reason'])
  gauge(registry, 'latchkey_revoked_tokens', 'Revoked tokens held in memory.', () => ports.revocation.size())
  gauge(registry, 'latchkey_hashes_running', 'Password hashes being computed.', () => ports.hasher.running())
  gauge(registry, 'latchkey_hashes_waiting', 'Password hashes waiting.', () => ports.hasher.waiting())
  return {
    registry,
    counters: {
      request: (method, route, status) => increment(requests, `${method} ${route} ${status}`),
      refusal: (reason) => increment(refusals, reason),
    },
  }
}

function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

function expose(
  registry: Registry,
  counts: Map<string, number>,
  name: string,
  help: string,
  labelNames: string[],
): void {
  new Counter({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.reset()
      for (const [key, count] of counts) {
        const values = key.split(' ')
        this.inc(Object.fromEntries(labelNames.map((label, i) => [label, values[i] ?? ''])), count)
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
