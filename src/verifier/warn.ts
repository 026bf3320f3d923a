import type { VerifierEvent } from './options.ts'

/**
 * Returns a listener that warns the process of a verifier which cannot connect, once for each reason until the verifier is
 * connected. Node.js writes a warning to stderr.
 */
export function createWarner(): (event: VerifierEvent) => void {
  let told: string | undefined
  return (event) => {
    if (event.type === 'connected') told = undefined
    if (event.type !== 'lost' || event.error === undefined || event.why === told) return
    told = event.why
    const text = `latchkey-verifier: ${event.why}`
    if (typeof globalThis.process?.emitWarning === 'function') globalThis.process.emitWarning(text)
    else console.warn(text)
  }
}
