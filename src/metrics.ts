import type { Registry } from 'prom-client'
import { addCounter, addCounters, addGauge, addHistogram } from './http/metrics.ts'
import type { Ports } from './ports.ts'
import type { Feed, FleetMetrics } from './revocation/revocation.ts'

/** From less than one round trip to the longest wait of a revocation. */
const fenceBuckets_s = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60]

/** Adds the metrics of the rooms. */
export function addRoomMetrics(registry: Registry, { revocation, hasher, streams }: Ports): void {
  const name = 'latchkey_revoked_tokens'
  addGauge(registry, { name, help: 'Revoked tokens in memory.', aggregator: 'max' }, () => revocation.size())
  addGauge(registry, { name: 'latchkey_hashes_running', help: 'Password hashes being computed.' }, hasher.running)
  addGauge(registry, { name: 'latchkey_hashes_waiting', help: 'Password hashes waiting.' }, hasher.waiting)
  addGauge(registry, { name: 'latchkey_open_consoles', help: 'Consoles that follow their sessions.' }, streams.size)
  addVerifierMetrics(registry, revocation.feed)
  if (revocation.fleet !== undefined) addFleetMetrics(registry, revocation.fleet)
}

function addVerifierMetrics(registry: Registry, feed: Feed): void {
  const connected = { name: 'latchkey_verifiers', help: 'Connected verifiers.' }
  addGauge(registry, connected, () => feed.metrics?.connected() ?? 0)
  addGauge(registry, { name: 'latchkey_verifier_leases', help: 'Verifiers that hold a lease.' }, feed.holders)
  const cut = { name: 'latchkey_verifiers_cut_total', help: 'Verifiers that were cut, by reason.', label: 'reason' }
  addCounters(registry, cut, () => feed.metrics?.cut ?? new Map())
}

function addFleetMetrics(registry: Registry, fleet: FleetMetrics): void {
  const gauge = (name: string, help: string, read: () => number) =>
    addGauge(registry, { name: `latchkey_${name}`, help, aggregator: 'max' }, read)
  gauge('lease_age_seconds', 'Time since the node last knew all revoked tokens.', () => fleet.leaseAge_ms() / 1000)
  gauge('log_lag_entries', 'Entries of the log that the node knows of but has not read.', fleet.lag)
  gauge('nodes', 'Nodes in the fleet, as last read.', fleet.nodes)
  const count = (name: string, help: string, read: () => number) => addCounter(registry, `latchkey_${name}`, help, read)
  count('slow_checks_total', 'Checks that memory could not answer.', () => fleet.asked)
  count('stale_refusals_total', 'Checks refused because the token status was unknown.', () => fleet.refused)
  count('waited_out_nodes_total', 'Nodes whose lease was waited out.', () => fleet.waited_out)
  fleet.onFence = addHistogram(registry, {
    name: 'latchkey_fence_seconds',
    help: 'How long a revocation waited for the fleet.',
    buckets: fenceBuckets_s,
  })
}
