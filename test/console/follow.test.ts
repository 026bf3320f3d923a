import assert from 'node:assert/strict'
import { test } from 'node:test'
import { followToken } from '../../src/console/follow.ts'
import { createStreams } from '../../src/console/streams.ts'
import { Refusal } from '../../src/refusal.ts'

const claims = { jti: 'token', sub: 'user', gen: 0, exp: 4_000_000_000 }
const turn = () => new Promise((resolve) => setImmediate(resolve))

/** A console, and what a node says about its token. */
function follow(answers: (Error | undefined)[]) {
  const sent: string[] = []
  const streams = createStreams({
    findOwners: async () => ['user'],
    look: async () => {},
    announce() {},
    clock: Date.now,
  })
  const close = followToken(streams, {
    claims,
    check: async () => {
      const answer = answers.shift()
      if (answer !== undefined) throw answer
    },
    send: (text) => sent.push(text.replace('\ndata:', '').trim()),
    end: () => sent.push('end'),
  })
  return { streams, sent, close: close as () => void }
}

test('a node that cannot tell asks again, so nothing that ended stays on a console', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  for (const [last, expected] of [
    [undefined, ['event: changed']],
    [new Refusal('token_revoked'), ['event: ended revoked', 'end']],
    [new Refusal('token_expired'), ['event: ended expired', 'end']],
  ] as const) {
    const { streams, sent, close } = follow([new Refusal('token_status_unknown'), new Error('no database'), last])
    streams.tokenEnded('another token')
    for (let tries = 0; tries < 3; tries++) {
      await turn()
      assert.deepEqual(sent, tries < 2 ? ['event: open'] : ['event: open', ...expected])
      t.mock.timers.tick(1000)
    }
    close()
  }
})

test('a console that is closed is asked about no more', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const answers = [new Refusal('token_status_unknown'), undefined]
  const { streams, sent, close } = follow(answers)
  streams.userChanged('user')
  await turn()
  close()
  t.mock.timers.tick(10_000)
  await turn()
  assert.deepEqual([sent, answers.length, streams.size()], [['event: open'], 1, 0])
})

test('a console that is closed during a question is asked about no more', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  const answers = [new Error('no database'), undefined]
  const { streams, sent, close } = follow(answers)
  streams.userChanged('user')
  close()
  await turn()
  t.mock.timers.tick(10_000)
  await turn()
  assert.deepEqual([sent, answers.length, streams.size()], [['event: open'], 1, 0])
})
