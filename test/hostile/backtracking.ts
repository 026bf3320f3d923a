/** A regular expression, parsed as a backtracking engine does. A `RegExp` decides which characters an atom matches. */
type Node =
  | { kind: 'character'; matches: (character: string) => boolean }
  | { kind: 'edge'; end: boolean }
  | { kind: 'look'; ahead: Node; negative: boolean }
  | { kind: 'sequence'; parts: Node[] }
  | { kind: 'choice'; options: Node[] }
  | { kind: 'repeat'; node: Node; min: number; max: number }

const group = /\((?:\?(?::|=|!|<[A-Za-z_]\w*>))?/y
const quantifier = /(?:[*+?]|\{(\d+)(,(\d*))?\})\??/y
const atom = /\[(?:\\.|[^\]\\])*\]|\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[pP]\{\w+\}|\\.|[^\\]/iy

/** @throws Error for unsupported syntax: back references, look-behind, `\b` */
export function parseExpression({ source, flags }: RegExp): Node {
  let at = 0
  const read = (form: RegExp) => {
    form.lastIndex = at
    const found = form.exec(source)
    if (found !== null) at = form.lastIndex
    return found
  }
  const choice = (): Node => {
    const options = [sequence()]
    while (source[at] === '|') {
      at++
      options.push(sequence())
    }
    return { kind: 'choice', options }
  }
  const sequence = (): Node => {
    const parts: Node[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') parts.push(repeated(single()))
    return { kind: 'sequence', parts }
  }
  const single = (): Node => {
    const opening = read(group)?.[0]
    if (opening !== undefined) {
      const inner = choice()
      at++
      if (!/[=!]$/.test(opening)) return inner
      return { kind: 'look', ahead: inner, negative: opening.endsWith('!') }
    }
    const text = read(atom)?.[0] ?? ''
    if (text === '^' || text === '$') return { kind: 'edge', end: text === '$' }
    if (/^\\[1-9bBk]/.test(text)) throw new Error(`${text} in ${source}`)
    const one = new RegExp(`^${text}$`, flags.replace(/[gy]/g, ''))
    const known = new Map<string, boolean>()
    const matches = (character: string) => {
      const answer = known.get(character) ?? one.test(character)
      known.set(character, answer)
      return answer
    }
    return { kind: 'character', matches }
  }
  const repeated = (node: Node): Node => {
    const found = read(quantifier)
    if (found === null) return node
    const [text, min, several, max] = found
    if (min === undefined)
      return { kind: 'repeat', node, min: text[0] === '+' ? 1 : 0, max: text[0] === '?' ? 1 : Infinity }
    return {
      kind: 'repeat',
      node,
      min: Number(min),
      max: several === undefined ? Number(min) : Number(max || Infinity),
    }
  }
  return choice()
}

/** Whether a backtracking engine finishes its search of the text within `maxSteps` steps. */
export function endsWithin(maxSteps: number, root: Node, text: string): boolean {
  let left = maxSteps
  const walk = (node: Node, at: number, next: (at: number) => boolean): boolean => {
    if (left-- === 0) throw new OutOfSteps()
    switch (node.kind) {
      case 'character':
        return at < text.length && node.matches(text[at] as string) && next(at + 1)
      case 'edge':
        return at === (node.end ? text.length : 0) && next(at)
      case 'look':
        return walk(node.ahead, at, () => true) !== node.negative && next(at)
      case 'choice':
        return node.options.some((option) => walk(option, at, next))
      case 'sequence':
        return walkAll(node.parts, 0, at, next)
      case 'repeat':
        return walkRepeat(node, 0, at, next)
    }
  }
  const walkAll = (parts: Node[], i: number, at: number, next: (at: number) => boolean): boolean =>
    i === parts.length ? next(at) : walk(parts[i] as Node, at, (to) => walkAll(parts, i + 1, to, next))
  const walkRepeat = (
    node: Node & { kind: 'repeat' },
    count: number,
    at: number,
    next: (at: number) => boolean,
  ): boolean => {
    const again = (to: number) => (to > at || count < node.min) && walkRepeat(node, count + 1, to, next)
    if (count < node.max && walk(node.node, at, again)) return true
    return count >= node.min && next(at)
  }
  try {
    for (let from = 0; from <= text.length; from++) if (walk(root, from, () => true)) break
    return true
  } catch (error) {
    if (error instanceof OutOfSteps) return false
    throw error
  }
}

class OutOfSteps extends Error {}
