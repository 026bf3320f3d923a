/** When tokens were last used. Collects uses in memory between two writes to the database. */
export interface Usage {
  touch: (jti: string, now: number) => void
  /** The last use since the last write, if there was one. */
  get: (jti: string) => number | undefined
  /** Returns all uses, and forgets them. */
  take: () => [jti: string, at: number][]
  /** Remembers uses that could not be written, except for tokens that were used again. */
  putBack: (uses: readonly [jti: string, at: number][]) => void
}

/** Bounds the memory. Uses of more tokens between two writes are not recorded. */
const maxTokens = 100_000

export function createUsage(): Usage {
  let uses = new Map<string, number>()
  const touch = (jti: string, now: number) => {
    if (uses.size < maxTokens || uses.has(jti)) uses.set(jti, now)
  }
  return {
    touch,
    putBack(unwritten) {
      for (const [jti, at] of unwritten) if (!uses.has(jti)) touch(jti, at)
    },
    get: (jti) => uses.get(jti),
    take() {
      const taken = uses
      uses = new Map()
      return [...taken]
    },
  }
}
