import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { onBothDatabases } from './both-databases.ts'
import { runCommand } from './command.ts'
import type { Line, Plan } from './report.ts'

/** Measures `latchkey import users`. The memory has a limit, however long the file is. */
export function measureImport({ scale }: Plan): Promise<Line[]> {
  const accounts = scale < 1 ? 100_000 : 1_000_000
  return onBothDatabases(async ({ kind, url, folder }) => {
    const path = join(folder, 'accounts.jsonl')
    await writeAccounts(path, accounts)
    const { seconds, peak_mb, output } = runCommand(['import', 'users', path], folder, { DATABASE_URL: url })
    if (!output.includes(`${accounts} accounts imported, 0 there already, 0 skipped`)) throw new Error(output)
    return [
      { name: `${kind}: import of ${accounts.toLocaleString('en')} accounts`, value: seconds, unit: 's' },
      { name: `${kind}: accounts a second`, value: accounts / seconds, unit: '/s' },
      { name: `${kind}: peak memory of the import`, value: peak_mb, unit: 'MB', target: { atMost: 256 } },
    ]
  })
}

async function writeAccounts(path: string, count: number): Promise<void> {
  const file = createWriteStream(path)
  for (let i = 0; i < count; i++) {
    const line = {
      email: `user${i}@example.com`,
      username: `name-${i}`,
      password_hash: `$2b$12$${'s'.repeat(22)}${'h'.repeat(31)}`,
      created_at: '2024-03-01T10:00:00Z',
      email_verified: true,
      public_id: randomUUID(),
    }
    if (!file.write(`${JSON.stringify(line)}\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
}
