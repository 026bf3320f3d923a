import { appendFact } from '../audit/append.ts'
import type { Ports } from '../ports.ts'
import type { Trx } from '../store/schema.ts'
import { type Entry, Flaw } from './entry.ts'

/** Entries of the file in one transaction, so that servers beside the import wait for a few milliseconds only. */
const batchSize = 500

/** What happens to an item. `present`: it is in the database already. */
export type Outcome = 'imported' | 'present' | Flaw

/** What an import has done. */
export type Totals = Record<'imported' | 'present' | 'skipped', number>

/** Where in the file each name was first. */
export interface Places {
  find: (key: string) => string | undefined
  add: (key: string, place: string) => void
}

export interface ImportOptions {
  /** Names this run of the command in the audit trail: a UUID. */
  run: string
  /** Look, and change nothing. */
  dryRun: boolean
  places: Places
  /** Is told each entry that is skipped, in the order of the file. */
  onSkip: (place: string, reason: string) => void
}

/**
 * Reads entries, and hands them on in batches.
 * @param decide writes the items that are missing, in one transaction
 * @param totals counts what is done, so that the caller knows it also if this throws
 */
export async function importBatches<T extends object>(
  entries: AsyncIterable<Entry<T>>,
  decide: (items: T[]) => Promise<Map<T, Outcome>>,
  { onSkip }: ImportOptions,
  totals: Totals,
): Promise<void> {
  let batch: Entry<T>[] = []
  const flush = async () => {
    const items = batch.flatMap(({ item }) => (item instanceof Flaw ? [] : [item]))
    const outcomes = items.length === 0 ? undefined : await decide(items)
    for (const { place, item } of batch) {
      const outcome = item instanceof Flaw ? item : outcomes?.get(item)
      if (outcome instanceof Flaw) onSkip(place, outcome.reason)
      totals[outcome instanceof Flaw || outcome === undefined ? 'skipped' : outcome]++
    }
    batch = []
  }
  for await (const entry of entries) if (batch.push(entry) >= batchSize) await flush()
  await flush()
}

/** An attempt fails only if an item of the batch is added or deleted at the same moment. */
const maxAttempts = 10

/**
 * Decides about items: those that are missing are written.
 * @param compare reads the database, and says for an item what would happen to it
 * @param write writes items, and returns those that could be written
 */
export async function writeMissing<T extends { id: string }>(
  items: T[],
  { dryRun }: ImportOptions,
  compare: (items: T[]) => Promise<(item: T) => Outcome>,
  write: (items: T[]) => Promise<Set<string>>,
): Promise<Map<T, Outcome>> {
  const outcomes = new Map<T, Outcome>()
  let left = items
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const outcomeOf = await compare(left)
    for (const item of left) outcomes.set(item, outcomeOf(item))
    const missing = left.filter((item) => outcomes.get(item) === 'imported')
    if (dryRun || missing.length === 0) return outcomes
    const written = await write(missing)
    left = missing.filter(({ id }) => !written.has(id))
    if (left.length === 0) return outcomes
  }
  for (const item of left) outcomes.set(item, new Flaw('is being changed by other programs'))
  return outcomes
}

/** What the audit trail tells of an import: each batch in its transaction, and the end. A run without an end was cut off. */
export type ImportAction = 'accounts.imported' | 'widgets.imported' | 'import.ended'

/** @param done what this batch, or at the end the whole run, has done */
export function tellImport(
  trx: Trx,
  ports: Ports,
  { run }: Pick<ImportOptions, 'run'>,
  action: ImportAction,
  done: Record<string, number | undefined>,
): Promise<void> {
  return appendFact(trx, ports, { action, subject: null, details: { run, ...done } })
}
