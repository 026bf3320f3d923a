/** Planned actions in order of real time. Actions with equal times run in the order in which they were planned. */
export interface Agenda {
  now_ms: number
  heap: Item[]
  planned: number
}

interface Item {
  at_ms: number
  order: number
  act: () => void
}

export function createAgenda(): Agenda {
  return { now_ms: 0, heap: [], planned: 0 }
}

export function plan(agenda: Agenda, at_ms: number, act: () => void): void {
  const { heap } = agenda
  const item = { at_ms: Math.max(at_ms, agenda.now_ms), order: agenda.planned++, act }
  let place = heap.length
  heap.push(item)
  while (place > 0) {
    const parent = (place - 1) >> 1
    const above = heap[parent] as Item
    if (!before(item, above)) break
    heap[place] = above
    place = parent
  }
  heap[place] = item
}

/** Runs all actions up to `until_ms`, or until `stop` returns true. */
export function run(agenda: Agenda, until_ms: number, stop: () => boolean): void {
  while (agenda.heap[0] !== undefined && agenda.heap[0].at_ms <= until_ms && !stop()) {
    const { at_ms, act } = takeFirst(agenda.heap)
    agenda.now_ms = at_ms
    act()
  }
}

function before(a: Item, b: Item): boolean {
  return a.at_ms < b.at_ms || (a.at_ms === b.at_ms && a.order < b.order)
}

function takeFirst(heap: Item[]): Item {
  const first = heap[0] as Item
  const last = heap.pop() as Item
  if (heap.length === 0) return first
  let place = 0
  for (;;) {
    let child = 2 * place + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && before(heap[child + 1] as Item, heap[child] as Item)) child++
    if (!before(heap[child] as Item, last)) break
    heap[place] = heap[child] as Item
    place = child
  }
  heap[place] = last
  return first
}
