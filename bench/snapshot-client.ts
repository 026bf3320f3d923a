// A verifier that starts beside many revocations. Prints the time until it is ready, and the memory that it keeps.
import { createVerifier } from '../src/verifier/verifier.ts'

const kept_bytes = () => {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
const before = kept_bytes()
const began_ms = performance.now()
const verifier = createVerifier()
await verifier.ready()
const ready_ms = performance.now() - began_ms
const { entries } = verifier.stats()
console.log(JSON.stringify({ entries, ready_ms, kept_bytes: kept_bytes() - before }))
await verifier.close()
