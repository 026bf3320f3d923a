/** When tokens were last used, gathered in memory between two writes to the database. */
export interface Usage {
  touch: (jti: string, now: number) => void
  /** The last use since the last write, if there was one. */
  get: (jti: string) => number | undefined
  /** All that was gathered; the next gathering starts empty. */
  take: () => [jti: string, at: number][]
}

/** Past this many tokens between two writes, further ones go unrecorded: a bound on memory, not on the service. */
const maxTokens = 100_000

export function createUsage(): Usage {
  let uses = new Map<string, number>()
  return {
    touch(jti, now) {
      if (uses.size < maxTokens || uses.has(jti)) uses.set(jti, now)
    },
    get: (jti) => uses.get(jti),
    take() {
      const taken = uses
      uses = new Map()
      return [...taken]
    },
  }
}
