import type { Ports } from '../ports.ts'
import { type ImportOptions, importBatches, type Outcome, type Totals, tellImport, writeMissing } from './batches.ts'
import { type Entry, Flaw } from './entry.ts'
import { accountKey } from './import-users.ts'
import { insertWidgets, selectSameWidgets } from './records.ts'
import type { ImportedWidget } from './widget.ts'

/** Imports the widgets of accounts that were imported before, by this call of the command or an earlier one. */
export function importWidgets(
  ports: Ports,
  entries: AsyncIterable<Entry<ImportedWidget>>,
  options: ImportOptions,
  totals: Totals,
): Promise<void> {
  const decide = (widgets: ImportedWidget[]) =>
    writeMissing(
      widgets,
      options,
      async (left) => comparator(await selectSameWidgets(ports.store, left)),
      (missing) =>
        ports.store.transaction().execute(async (trx) => {
          const inserted = await insertWidgets(trx, missing)
          if (inserted.size > 0) await tellImport(trx, ports, options, 'widgets.imported', { widgets: inserted.size })
          return inserted
        }),
    )
  return importBatches(refuseHomeless(entries, options), decide, options, totals)
}

async function* refuseHomeless(
  entries: AsyncIterable<Entry<ImportedWidget>>,
  { places }: ImportOptions,
): AsyncGenerator<Entry<ImportedWidget>> {
  for await (const { place, item } of entries) {
    if (item instanceof Flaw) yield { place, item }
    else {
      const key = `widget ${item.name}`
      const first = places.find(key)
      if (first !== undefined) yield { place, item: new Flaw(`name: ${item.name} is in ${first} too`) }
      else if (places.find(accountKey(item.owner_id)) === undefined) {
        yield { place, item: new Flaw('the account of its owner is skipped') }
      } else {
        places.add(key, place)
        yield { place, item }
      }
    }
  }
}

/** @param same the widgets in the database */
function comparator(same: { id: string; name: string }[]): (widget: ImportedWidget) => Outcome {
  const ids = new Set(same.map(({ id }) => id))
  const names = new Set(same.map(({ name }) => name))
  return ({ id, name }) => {
    if (ids.has(id)) return 'present'
    return names.has(name) ? new Flaw(`name: there is another widget ${name}`) : 'imported'
  }
}
