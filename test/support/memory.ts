import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Collects twice. Buffers are swept by another thread, and the second collection waits for the first sweep. */
export function collectGarbage(): void {
  collect()
  collect()
}
