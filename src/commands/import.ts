import { randomUUIDv7 } from 'node:crypto'
import { statSync } from 'node:fs'
import type { Settings } from '../config/table.ts'
import { type ImportOptions, type Totals, tellImport } from '../import/batches.ts'
import { importUsers, type UserTotals } from '../import/import-users.ts'
import { importWidgets } from '../import/import-widgets.ts'
import { openFlask } from '../import/io/flask.ts'
import { readJsonLines } from '../import/io/jsonl.ts'
import { openPlaces } from '../import/io/places.ts'
import type { Ports } from '../ports.ts'
import { type Progress, showProgress } from './progress.ts'
import { CommandError, count, print, printLine } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { withPorts } from './with-ports.ts'

interface Options {
  dryRun?: boolean
}

/** Imports accounts from a file with one JSON object a line. */
export async function users(settings: Settings, file: string, options: Options): Promise<void> {
  const total = sizeOf(file)
  const act: Act = (ports, { progress, ...given }, { users }) =>
    importUsers(ports, readJsonLines(file, progress.add), given, users)
  await importFrom(settings, { command: 'import users', file, total, ...options }, act)
}

/** Imports accounts and widgets from the SQLite file of a tutorial's program. */
export async function flask(settings: Settings, file: string, options: Options): Promise<void> {
  sizeOf(file)
  const source = openFlask(file)
  const act: Act = async (ports, { progress, ...given }, totals) => {
    const counted = async function* <T>(entries: AsyncIterable<T>) {
      for await (const entry of entries) {
        yield entry
        progress.add(1)
      }
    }
    await importUsers(ports, counted(source.users()), given, totals.users)
    if (source.widgets !== undefined) {
      totals.widgets = { imported: 0, present: 0, skipped: 0 }
      await importWidgets(ports, counted(source.widgets()), given, totals.widgets)
    }
  }
  try {
    await importFrom(settings, { command: 'import flask', file, total: source.size, ...options }, act)
  } finally {
    source.close()
  }
}

interface AllTotals {
  users: UserTotals
  widgets?: Totals
}

type Act = (ports: Ports, options: ImportOptions & { progress: Progress }, totals: AllTotals) => Promise<void>

interface Import extends Options {
  command: string
  file: string
  /** What the progress counts. 0: unknown. */
  total: number
}

/** Runs an import, shows its progress, prints what was skipped and what was done, and leaves a line if anything was done. */
async function importFrom(
  settings: Settings,
  { command, file, total, dryRun = false }: Import,
  act: Act,
): Promise<void> {
  const progress = showProgress(total)
  const places = openPlaces()
  const onSkip = (place: string, reason: string) => progress.aside(() => printLine(`${place}: ${reason}`))
  const totals: AllTotals = { users: { imported: 0, administrators: 0, present: 0, skipped: 0 } }
  try {
    await withPorts(settings, async (ports) => {
      const run = randomUUIDv7()
      try {
        await act(ports, { run, dryRun, places, onSkip, progress }, totals)
        const done = doneBy(totals)
        if (!dryRun && isAny(done))
          await ports.store.transaction().execute((trx) => tellImport(trx, ports, { run }, 'import.ended', done))
      } finally {
        const done = doneBy(totals)
        if (!dryRun && isAny(done)) await leaveLine(ports, command, done)
      }
    })
  } finally {
    progress.stop()
    places.close()
  }
  report(file, totals, dryRun)
}

function doneBy({ users, widgets }: AllTotals) {
  const { imported: accounts, administrators, skipped } = users
  return { accounts, administrators, widgets: widgets?.imported, skipped: skipped + (widgets?.skipped ?? 0) }
}

function isAny({ accounts, widgets = 0 }: ReturnType<typeof doneBy>): boolean {
  return accounts + widgets > 0
}

function report(file: string, { users, widgets }: AllTotals, dryRun: boolean): void {
  const of = users.administrators === 0 ? '' : ` (${count(users.administrators, 'administrator')})`
  const describe = (what: string, { present, skipped }: Totals) =>
    `${what} ${dryRun ? 'would be imported' : 'imported'}, ${present} there already, ${skipped} skipped`
  print(`${file}: ${describe(`${count(users.imported, 'account')}${of}`, users)}`)
  if (widgets !== undefined) print(`${file}: ${describe(count(widgets.imported, 'widget'), widgets)}`)
  if (users.skipped + (widgets?.skipped ?? 0) > 0) process.exitCode = 1
}

/** @returns bytes; 0 for what is no regular file. @throws CommandError if there is no such file */
function sizeOf(file: string): number {
  const found = statSync(file, { throwIfNoEntry: false })
  if (found === undefined) throw new CommandError(`there is no file ${file}`)
  if (found.isDirectory()) throw new CommandError(`${file} is a folder`)
  return found.size
}
