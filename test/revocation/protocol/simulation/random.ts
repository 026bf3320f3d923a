/** A seeded random generator. The same seed gives the same schedule on every machine. */
export interface Random {
  /** Returns a number from 0 to below 1. */
  next: () => number
  between: (low: number, high: number) => number
  /** A whole number below `n`. */
  below: (n: number) => number
  chance: (probability: number) => boolean
  pick: <T>(values: readonly T[]) => T
}

/** Chris Doty-Humphrey's sfc32: 128 bits of state, so that neighbouring seeds have nothing in common. */
export function createRandom(seed: number): Random {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed | 0
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
  for (let i = 0; i < 12; i++) next()
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    below: (n) => Math.floor(next() * n),
    chance: (probability) => next() < probability,
    pick: (values) => values[Math.floor(next() * values.length)] as (typeof values)[number],
  }
}
