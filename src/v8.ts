import { setFlagsFromString } from 'node:v8'

/**
 * Keeps V8's young generation small. A start allocates much and keeps little. V8 would enlarge the young generation for the
 * start, and an idle process would keep 16 MB of it. Called by bin/latchkey.js before anything else is loaded.
 * https://nodejs.org/api/v8.html#v8setflagsfromstringflags
 */
export function limitYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/**
 * Lets V8's young generation grow again, by V8's default.
 *
 * A server on SQLite calls this before it loads the log. A million rows come from the file without a pause, and with a small
 * young generation checks were 8 % slower ever after. A node of a fleet calls this after it has joined, because the load
 * would enlarge its young generation by 70 MB.
 */
export function growYoungGeneration(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}
