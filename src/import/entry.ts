/** Where an entry is in the file, such as `line 12`, and what is there. */
export interface Entry<T> {
  place: string
  item: T | Flaw
}

/** Why an entry is skipped, in one sentence without a secret. */
export class Flaw {
  readonly reason: string

  constructor(reason: string) {
    this.reason = reason
  }
}

/** Returns what `read` returns, or the flaw that it throws. */
export function orFlaw<T>(read: () => T): T | Flaw {
  try {
    return read()
  } catch (error) {
    if (error instanceof Flaw) return error
    throw error
  }
}
