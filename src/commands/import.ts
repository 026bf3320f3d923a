import { statSync } from 'node:fs'
import type { Settings } from '../config/table.ts'
import { type ImportOptions, importUsers, type Totals } from '../import/import-users.ts'
import { readJsonLines } from '../import/io/jsonl.ts'
import { openPlaces } from '../import/io/places.ts'
import { showProgress } from './progress.ts'
import { CommandError, count, print, printLine } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { withPorts } from './with-ports.ts'

/** Imports accounts from a file with one JSON object a line. */
export async function users(settings: Settings, file: string, { dryRun = false }: { dryRun?: boolean }): Promise<void> {
  const progress = showProgress(sizeOf(file))
  const places = openPlaces()
  const totals: Totals = { imported: 0, administrators: 0, present: 0, skipped: 0 }
  const options: ImportOptions = {
    dryRun,
    places,
    onSkip: (place, reason) => progress.aside(() => printLine(`${place}: ${reason}`)),
  }
  try {
    await withPorts(settings, async (ports) => {
      try {
        await importUsers(ports, readJsonLines(file, progress.add), options, totals)
      } finally {
        const { imported: accounts, administrators, skipped } = totals
        if (!dryRun && accounts > 0) await leaveLine(ports, 'import users', { accounts, administrators, skipped })
      }
    })
  } finally {
    progress.stop()
    places.close()
  }
  print(`${file}: ${describe(totals, dryRun)}`)
  if (totals.skipped > 0) process.exitCode = 1
}

function describe({ imported, administrators, present, skipped }: Totals, dryRun: boolean): string {
  const of = administrators === 0 ? '' : ` (${count(administrators, 'administrator')})`
  const done = `${count(imported, 'account')}${of} ${dryRun ? 'would be imported' : 'imported'}`
  return `${done}, ${present} there already, ${skipped} skipped`
}

/** @throws CommandError if there is no such file */
function sizeOf(file: string): number {
  try {
    const found = statSync(file)
    if (found.isDirectory()) throw new CommandError(`${file} is a folder`)
    return found.size
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    throw new CommandError(`there is no file ${file}`)
  }
}
