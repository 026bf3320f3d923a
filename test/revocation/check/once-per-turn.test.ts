import assert from 'node:assert/strict'
import { test } from 'node:test'
import { oncePerTurn } from '../../../src/revocation/check/once-per-turn.ts'

test('calls in one turn share one look that starts after all of them, and the next turn looks again', async () => {
  const asked: string[] = []
  const looks: string[][] = []
  const ask = oncePerTurn(() => {
    looks.push([...asked])
    return looks.length
  })
  const begin = (name: string) => {
    asked.push(name)
    return ask()
  }
  const first = begin('first')
  const second = Promise.resolve().then(() => begin('second'))
  assert.deepEqual(looks, [])
  assert.deepEqual(await Promise.all([first, second]), [1, 1])
  assert.deepEqual(looks, [['first', 'second']])
  assert.equal(await begin('third'), 2)
})

test('a failed look rejects every call that shares it, and no later call', async () => {
  let failing = true
  const ask = oncePerTurn(() => {
    if (failing) throw new Error('cannot tell')
    return 'live'
  })
  const shared = [ask(), ask()]
  for (const answer of shared) await assert.rejects(answer, { message: 'cannot tell' })
  failing = false
  assert.equal(await ask(), 'live')
})
