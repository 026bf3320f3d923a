import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../src/store/open.ts'
import { isDatabaseUnavailable } from '../../src/store/unavailable.ts'
import { open } from '../support/databases.ts'
import { createDatabase } from '../support/process/database.ts'

/** https://www.postgresql.org/docs/current/errcodes-appendix.html */
const unavailable = [
  ...[
    '08006',
    '0A000',
    '25006',
    '25P02',
    '25P03',
    '26000',
    '28000',
    '28P01',
    '3D000',
    '3F000',
    '40001',
    '40003',
    '40P01',
  ],
  ...[
    '42501',
    '53000',
    '53100',
    '53200',
    '53300',
    '53400',
    '54001',
    '55000',
    '55006',
    '55P03',
    '57000',
    '57014',
    '57P01',
  ],
  ...['57P03', '58000', '58030', '58P01', '72000', 'F0000', 'HV000', 'P0001', 'XX000', 'XX001', 'XX002', 'ZZZZZ'],
]
const ours = [
  '21000',
  '22001',
  '22003',
  '22021',
  '22P02',
  '22P05',
  '23502',
  '23505',
  '23514',
  '42601',
  '42703',
  '42804',
  '42P01',
]

test('every SQLSTATE means that the database is unavailable, except for our own faults', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const opened = await openDatabase(database.url)
  undo.push(() => opened.store.destroy())
  assert.ok(opened.kind === 'postgres')
  const { pool } = opened
  const client = await pool.connect()
  const raise = (code: string) => `do $$ begin raise exception 'raised' using errcode = '${code}'; end $$`
  for (const query of [pool.query.bind(pool), client.query.bind(client)]) {
    for (const [codes, expected] of [
      [unavailable, true],
      [ours, false],
    ] as const) {
      for (const code of codes) {
        const error = await (query(raise(code)) as Promise<unknown>).then(
          () => assert.fail(code),
          (error) => error,
        )
        assert.equal(isDatabaseUnavailable(error), expected, code)
        assert.equal(error.message, 'raised')
        assert.equal((error.cause ?? error).code, code)
      }
    }
  }
  client.release()
  await assert.rejects(
    pool.query('select $1', [
      1n,
      {
        toPostgres: () => {
          throw new TypeError('ours')
        },
      },
    ]),
    TypeError,
  )
})

test('a pool that has ended, a refused connection and an answer that does not come are unavailable', async (t) => {
  const { database, undo } = await open(t, createDatabase)
  const opened = await openDatabase(database.url)
  undo.push(() => opened.store.destroy())
  assert.ok(opened.kind === 'postgres')
  const pool = opened.openPool({ max: 1, connect_ms: 100, answer_ms: 100 })
  await assert.rejects(pool.query('select pg_sleep(60)'), isDatabaseUnavailable)
  const client = await pool.connect()
  await assert.rejects(pool.connect(), isDatabaseUnavailable)
  client.release()
  await pool.end()
  await assert.rejects(pool.connect(), isDatabaseUnavailable)
  await assert.rejects(pool.query('select 1'), isDatabaseUnavailable)
})
