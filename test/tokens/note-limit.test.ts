import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LRUCache } from 'lru-cache'
import pino from 'pino'
import { Refusal } from '../../src/refusal.ts'
import { noteLimit } from '../../src/tokens/note-limit.ts'

const window_ms = 15 * 60_000

function open() {
  const lines: { limit: string; owner?: string; address: string }[] = []
  const log = pino({}, { write: (text: string) => lines.push(JSON.parse(text)) })
  const clock = { now: 1 }
  const limitsNoted = new LRUCache<string, true>({
    max: 100,
    ttl: window_ms,
    ttlResolution: 0,
    perf: { now: () => clock.now },
  })
  const refuse = (limit_of: 'account' | 'address', owner: string | undefined, ip = '192.0.2.1') => {
    const error = new Refusal('too_many_failures', { limit_of })
    const note = noteLimit({ log, limitsNoted }, { ip, network: ip, user_agent: undefined }, owner)
    assert.throws(
      () => note(error),
      (thrown) => thrown === error,
    )
  }
  return { lines, clock, refuse }
}

test('the limit of an address has one line, whichever accounts were tried', () => {
  const { lines, refuse } = open()
  for (let i = 0; i < 50; i++) refuse('address', `account-${i}`)
  refuse('address', undefined)
  assert.deepEqual(
    lines.map(({ owner, address }) => [owner, address]),
    [[undefined, '192.0.2.1']],
  )
  refuse('address', 'account-1', '192.0.2.2')
  assert.equal(lines.length, 2)
})

test('the limit of an account has one line, whichever addresses tried', () => {
  const { lines, refuse } = open()
  for (let i = 0; i < 50; i++) refuse('account', 'account-1', `192.0.2.${i}`)
  refuse('account', 'account-2')
  assert.deepEqual(
    lines.map(({ owner }) => owner),
    ['account-1', 'account-2'],
  )
})

test('a flood that lasts is told once in 15 minutes', () => {
  const { lines, clock, refuse } = open()
  for (const limit_of of ['account', 'address'] as const) {
    lines.length = 0
    const start = clock.now
    for (; clock.now < start + 4 * window_ms; clock.now += 60_000) refuse(limit_of, 'account-1')
    assert.equal(lines.length, 4)
  }
})
