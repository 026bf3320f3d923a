import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertFails } from './refusals.ts'
import { onEachService } from './suite.ts'

onEachService(
  'requests of one address',
  (subject) => {
    test('over the limit get 429, except for health checks and metrics', async () => {
      const probes = ['//healthz', '//readyz', '//metrics', '//healthz?verbose']
      const probe = async () => {
        for (const path of probes) assert.equal((await subject.call('GET', path)).status, 200, path)
      }
      await probe()
      for (const path of ['/nothing', '/auth/user', '/swagger.json']) {
        assert.notEqual((await subject.call('GET', path)).status, 429, path)
      }
      for (const path of ['/nothing', '/auth/user', '/swagger.json', '/healthz']) {
        const answer = await subject.call('GET', path)
        assertFails(answer, 429)
        assert.match(String(answer.headers['retry-after']), /^[1-9]\d?$/)
      }
      await probe()
    })
  },
  { RATE_LIMIT: '3' },
)
