import type { Settings } from '../config/table.ts'
import { openParts } from '../latchkey.ts'
import type { Ports } from '../ports.ts'
import { warn } from './terminal.ts'
import { describeOperator } from './trail.ts'

/** Runs one command on the database. Servers may run beside it. The command prints its result and writes no log. */
export async function withPorts<T>(settings: Settings, act: (ports: Ports) => Promise<T>): Promise<T> {
  const { ports, close } = await openParts({ ...settings, LOG_LEVEL: 'silent' }, Date.now, 'command', warn)
  try {
    const by = describeOperator()
    const result = await act({ ...ports, origin: { actor: null, address: by.from ?? null, request_id: null, by } })
    await ports.receipts.write(ports.store)
    return result
  } finally {
    await close()
  }
}
