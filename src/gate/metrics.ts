import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Verifier } from '../verifier/types.ts'

/** Counted by the gate itself. */
export interface GateMetrics {
  accepted: number
}

/** The metrics of a gate: of Node.js, of the answers, and of the verifier. */
export function createGateMetrics(verifier: Verifier): { metrics: GateMetrics; registry: Registry } {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const metrics: GateMetrics = { accepted: 0 }
  const registers = [registry]
  new Counter({
    name: 'latchkey_gate_checks_total',
    help: 'Answered checks by result: accepted, or the code of the refusal.',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset()
      this.inc({ result: 'accepted' }, metrics.accepted)
      for (const [result, count] of Object.entries(verifier.stats().refused)) this.inc({ result }, count)
    },
  })
  new Counter({
    name: 'latchkey_gate_asked_total',
    help: 'Tokens that the server was asked about, because no lease ran.',
    registers,
    collect() {
      this.reset()
      this.inc(verifier.stats().asked)
    },
  })
  new Gauge({
    name: 'latchkey_gate_lease_seconds',
    help: 'How long the lease still runs. 0: no lease runs.',
    registers,
    collect() {
      this.set(verifier.stats().lease_ms / 1000)
    },
  })
  new Gauge({
    name: 'latchkey_gate_revocations',
    help: 'Revocations in memory.',
    registers,
    collect() {
      this.set(verifier.stats().entries)
    },
  })
  return { metrics, registry }
}
