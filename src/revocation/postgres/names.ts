import type { Pool } from 'pg'
import type { Logger } from 'pino'
import { createGenerations } from '../../cache.ts'
import { selectNames } from './records.ts'

/** The names of nodes, as `latchkey fleet` shows them. */
export interface Names {
  /** Reads the names of these nodes if some are not known. Their rows are there now, but perhaps not for long. */
  learn: (ids: readonly string[]) => void
  /** The name of a node, or its id if the name is not known. */
  of: (id: string) => string
}

const maxKnown = 1000

/** Only the log needs the names, so a failure to read them stops nothing. */
export function createNames(pool: Pick<Pool, 'query'>, log: Logger): Names {
  const known = createGenerations<string>(maxKnown)
  let reading = false
  return {
    learn(ids) {
      if (reading || ids.every((id) => known.get(id) !== undefined)) return
      reading = true
      selectNames(pool)
        .then((rows) => {
          for (const { id, name } of rows) known.set(id, name)
        })
        .catch(({ message }: Error) => log.debug({ why: message }, 'the names of nodes cannot be read'))
        .finally(() => {
          reading = false
        })
    },
    of: (id) => known.get(id) ?? id,
  }
}
