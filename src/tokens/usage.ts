/** When tokens were last used. Collects uses in memory between two writes to the database. */
export interface Usage {
  touch: (jti: string, now: number) => void
  /** The last use since the last write, if there was one. */
  get: (jti: string) => number | undefined
  /** Returns all uses, and forgets them. */
  take: () => [jti: string, at: number][]
}

/** Bounds the memory. Uses of more tokens between two writes are not recorded. */
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
