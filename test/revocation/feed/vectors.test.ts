// The vectors of docs/feed.md, through the verifier's state machine.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { Instant } from '../../../src/revocation/check/lease.ts'
import { createRevokedSet } from '../../../src/revocation/check/revoked-set.ts'
import { createEntrySet, type TokenClaims } from '../../../src/revocation/entry.ts'
import {
  type Action,
  checkFollower,
  connected,
  createFollower,
  disconnected,
  type Follower,
  take,
  tick,
} from '../../../src/revocation/feed/follower.ts'
import { type ClientFrame, parseServerFrame } from '../../../src/revocation/feed/frames.ts'

interface Step {
  at: Instant
  connected?: true
  disconnected?: true
  receive?: string
  tick?: true
  check?: Omit<TokenClaims, 'gen'> & { gen?: number }
  is?: 'live' | 'revoked' | 'ask'
  send?: ClientFrame[]
  reconnect?: true
}

const path = new URL('../../vectors/feed.json', import.meta.url)
const { verifier } = JSON.parse(readFileSync(path, 'utf8')) as { verifier: { name: string; steps: Step[] }[] }

function act(follower: Follower, step: Step): Action[] {
  if (step.connected) return connected(follower, step.at)
  if (step.disconnected) disconnected(follower)
  if (step.receive !== undefined) return take(follower, parseServerFrame(step.receive), step.at)
  return step.tick ? tick(follower, step.at) : []
}

for (const { name, steps } of verifier) {
  test(`vector: ${name}`, () => {
    const follower = createFollower(createEntrySet(createRevokedSet(), {}))
    for (const [i, step] of steps.entries()) {
      if (step.check !== undefined) {
        assert.equal(checkFollower(follower, { gen: 0, ...step.check }, step.at), step.is, `step ${i}`)
        continue
      }
      const actions = act(follower, step)
      const sent = actions.flatMap((action) => (action.kind === 'send' ? [action.frame] : []))
      assert.deepEqual(sent, step.send, `step ${i}`)
      const reconnects = actions.some(({ kind }) => kind === 'reconnect')
      assert.equal(reconnects, step.reconnect === true, `step ${i}`)
    }
  })
}
