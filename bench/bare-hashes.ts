// The machine's limit for logins: a process that only computes argon2id with Latchkey's default parameters, with the
// same concurrency as the service.
import { argon2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { parseSettings } from '../src/config/reader.ts'

/** The result of one run. */
export interface Hashed {
  hashes: number
  seconds: number
}

const { ARGON2_MEMORY_KIB, ARGON2_PASSES, HASH_CONCURRENCY } = parseSettings({})
const derive = promisify(argon2)
const parameters = {
  message: 'correct horse battery',
  nonce: randomBytes(16),
  parallelism: 1,
  tagLength: 32,
  memory: ARGON2_MEMORY_KIB,
  passes: ARGON2_PASSES,
}

process.on('message', async (message: { seconds: number } | 'usage') => {
  if (message === 'usage') return
  const begin = performance.now()
  const end = begin + message.seconds * 1000
  let hashes = 0
  const hash = async () => {
    while (performance.now() < end) {
      await derive('argon2id', parameters)
      hashes++
    }
  }
  await Promise.all(Array.from({ length: HASH_CONCURRENCY }, hash))
  process.send?.({ hashes, seconds: (performance.now() - begin) / 1000 } satisfies Hashed)
})
