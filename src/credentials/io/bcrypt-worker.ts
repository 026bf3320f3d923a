// Compares passwords with bcrypt hashes. A thread of its own, because bcrypt in JavaScript takes up to 1.5 s.
import { parentPort } from 'node:worker_threads'
import { compareSync } from 'bcryptjs'

parentPort?.on('message', ({ text, hash }: { text: string; hash: string }) => {
  parentPort?.postMessage(compareSync(text, hash))
})
