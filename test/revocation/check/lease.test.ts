import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clockRateError, holds, leaseFrom, waitOut } from '../../../src/revocation/check/lease.ts'

const at = (mono_ms: number, wall_ms = mono_ms) => ({ mono_ms, wall_ms })

test('a lease runs from the start of its renewal, not from the answer', () => {
  const lease = leaseFrom(at(5000), 1000)
  assert.equal(holds(lease, at(5000)), true)
  assert.equal(holds(lease, at(5999.9)), true)
  assert.equal(holds(lease, at(6000)), false)
  assert.equal(holds(undefined, at(0)), false)
})

test('a suspended machine wakes without a lease, although its monotonic clock stood still', () => {
  const lease = leaseFrom(at(5000, 1_900_000_000_000), 1000)
  assert.equal(holds(lease, at(5100, 1_900_000_000_100)), true)
  assert.equal(holds(lease, at(5100, 1_900_000_003_100)), false)
})

test('a wall clock that is set back does not prolong a lease', () => {
  const lease = leaseFrom(at(5000, 1_900_000_000_000), 1000)
  assert.equal(holds(lease, at(6000, 1_899_999_000_000)), false)
})

test('a wait outlasts every lease that began before it, at the worst rates and resolution of clocks', () => {
  for (const lease_ms of [50, 100, 333, 1000, 1001, 2500, 10_000, 60_000]) {
    // By the monotonic clock a lease lasts `lease_ms`. By a wall clock in whole milliseconds it may last one more.
    const longest_lease_ms = (lease_ms + 1) / (1 - clockRateError)
    const shortest_wait_ms = waitOut(lease_ms) / (1 + clockRateError)
    assert.ok(shortest_wait_ms >= longest_lease_ms, `${lease_ms}: ${shortest_wait_ms} >= ${longest_lease_ms}`)
    assert.ok(waitOut(lease_ms) <= lease_ms * 1.0203 + 3, 'no longer than needed')
  }
})
