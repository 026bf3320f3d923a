// Compares passwords with bcrypt hashes. A thread of its own, because bcrypt in JavaScript takes up to 1.5 s.
import { timingSafeEqual } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { hashSync } from 'bcryptjs'

/** Characters of the version, the cost and the salt. The last one has four bits that do not count, and may differ. */
const settings_chars = 29

parentPort?.on('message', ({ text, hash }: { text: string; hash: string }) => {
  const digests = [hashSync(text, hash.slice(0, settings_chars)), hash].map((each) =>
    Buffer.from(each.slice(settings_chars)),
  )
  parentPort?.postMessage(timingSafeEqual(...(digests as [Buffer, Buffer])))
})
