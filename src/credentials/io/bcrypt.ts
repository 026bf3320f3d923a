import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import type { CompareBcrypt } from '../imported-password.ts'

/** The bundle has the worker beside its other files, as JavaScript. */
const script = new URL(import.meta.url.endsWith('.ts') ? 'bcrypt-worker.ts' : 'bcrypt-worker.js', import.meta.url)

/**
 * Returns bcrypt in worker threads. There are as many threads as there were concurrent calls, so the caller bounds the calls. A
 * thread starts at the first call that needs it, and does not keep the process alive.
 */
export function createBcrypt(): CompareBcrypt {
  const idle: Worker[] = []
  return async (text, hash) => {
    const worker = idle.pop() ?? new Worker(script)
    worker.ref()
    // `once` also rejects with an error of the worker, which has then ended.
    const answered = once(worker, 'message')
    worker.postMessage({ text, hash })
    const [matches] = await answered
    worker.unref()
    idle.push(worker)
    return matches
  }
}
