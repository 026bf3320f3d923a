import { chainFacts } from '../audit/chain.ts'
import { exportAudit } from '../audit/list.ts'
import { verifyAudit } from '../audit/verify.ts'
import type { Settings } from '../config/table.ts'
import { CommandError, count, iso, print } from './terminal.ts'
import { withPorts } from './with-ports.ts'

/**
 * Verifies the chain of the audit trail, and names the first row that does not fit.
 * @param options `known`: see `verifyAudit`
 */
export async function verify(settings: Settings, { known }: { known: number[] }): Promise<void> {
  const { rows, fault, sealed } = await withPorts(settings, async (ports) => {
    await chainFacts(ports)
    return verifyAudit(ports.store, settings.LATCHKEY_SECRET, { known, report: progress })
  })
  if (fault !== undefined)
    throw new CommandError(`the audit trail does not fit: ${fault}; ${count(rows, 'row')} before fit`)
  print(`the audit trail fits: ${count(rows, 'row')}`)
  if (!sealed && rows > 0)
    print('the head has no seal, because no LATCHKEY_SECRET is set: who can write the database can make another chain')
}

/** Prints the audit trail as JSON lines, the oldest row first. */
export async function exportRows(settings: Settings, { since }: { since?: number }): Promise<void> {
  await withPorts(settings, async (ports) => {
    await chainFacts(ports)
    for await (const { at, details, ...row } of exportAudit(ports.store, since)) {
      print(JSON.stringify({ ...row, at: iso(at), details: JSON.parse(details) }))
    }
  })
}

/** Shows on a terminal how many rows were verified. */
function progress(done: number, total: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${done === total ? '' : `${done} of ${total} rows`}`)
}
