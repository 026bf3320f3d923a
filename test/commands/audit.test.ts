import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/store/open.ts'
import { onEachDatabase, open } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'

onEachDatabase('latchkey audit', (create, kind) => {
  // On PostgreSQL the fleet confirms a revocation, also one of a command.
  const receipts = kind === 'postgres' ? 1 : 0
  test('exports what commands did, and names the first row that does not fit', async (t) => {
    const { database } = await open(t, create)
    const settings = { DATABASE_URL: database.url, LATCHKEY_SECRET: 'x'.repeat(40) }
    const run = (args: string[], more = {}) =>
      latchkey(args, { ...settings, ...more }, { stdin: 'correct horse battery' })
    assert.equal((await run(['db', 'migrate'])).code, 0)
    assert.deepEqual((await run(['audit', 'verify'])).stdout, 'the audit trail fits: 0 rows\n')
    assert.equal((await run(['user', 'add', 'user@example.com', '--password-stdin'])).code, 0)
    assert.equal((await run(['user', 'disable', 'user@example.com'])).code, 0)
    assert.equal((await run(['service', 'add', 'shop'])).code, 0)
    assert.equal((await run(['audit', 'verify'])).stdout, `the audit trail fits: ${3 + receipts} rows\n`)

    const { stdout } = await run(['audit', 'export'])
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual(
      rows.filter(({ action }) => action !== 'revocation.confirmed').map(({ action, actor }) => [action, actor]),
      [
        ['account.added', null],
        ['account.disabled', null],
        ['service.added', null],
      ],
    )
    for (const { details } of rows) assert.ok(details.by.host !== '' && details.by.user_name !== '')
    assert.ok(!stdout.includes('correct horse') && !stdout.includes('user@example.com'))
    assert.equal((await run(['audit', 'export', '--since', '2999-01-01'])).stdout, '')
    assert.equal((await run(['audit', 'export', '--since', 'yesterday'])).code, 2)

    // Without the secret, a command cannot renew the seal, so its fact waits for a process that has the secret.
    assert.equal((await run(['user', 'enable', 'user@example.com'], { LATCHKEY_SECRET: '' })).code, 0)
    assert.match(
      (await run(['audit', 'verify'], { LATCHKEY_SECRET: '' })).stdout,
      new RegExp(`^the audit trail fits: ${3 + receipts} rows\\n`),
    )
    assert.equal((await run(['audit', 'verify'])).stdout, `the audit trail fits: ${4 + receipts} rows\n`)

    const { store } = await openDatabase(database.url)
    await store.updateTable('audit').set({ action: 'account.enabled' }).where('seq', '=', 2).execute()
    await store.destroy()
    const { code, stderr } = await run(['audit', 'verify'])
    assert.equal(code, 1)
    assert.equal(
      stderr,
      'latchkey: the audit trail does not fit: row 2 does not fit: account.enabled; 1 row before fit\n',
    )
  })
})
