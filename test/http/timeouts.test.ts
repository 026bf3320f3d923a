import assert from 'node:assert/strict'
import { test } from 'node:test'
import { timingFor } from '../../src/revocation/protocol/timing.ts'
import { createSqlite, open } from '../support/databases.ts'
import { startTestService } from '../support/service.ts'

for (const lease_ms of [100, 1000, 60_000]) {
  test(`the timeout of a connection is longer than a revocation can wait, with leases of ${lease_ms} ms`, async (t) => {
    const { database, undo } = await open(t, createSqlite)
    const { app, stop } = await startTestService(database, { LEASE_MS: String(lease_ms) })
    undo.push(stop)
    // A revocation waits for the log, then for the fleet.
    assert.ok(app.server.timeout > 2 * timingFor(lease_ms).give_up_ms(lease_ms))
  })
}
