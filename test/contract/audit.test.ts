import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chainFacts } from '../../src/audit/chain.ts'
import { pruneAudit } from '../../src/audit/prune.ts'
import { verifyAudit } from '../../src/audit/verify.ts'
import { assertInvalid } from './refusals.ts'
import { type Holder, noon, onEachService } from './suite.ts'

const secret = 'x'.repeat(40)

interface Row {
  seq: number
  action: string
  actor: string | null
  subject: string | null
  address: string | null
  request_id: string | null
  details: Record<string, unknown>
}

onEachService(
  'the audit trail',
  (subject) => {
    const read = async (admin: Holder, query = '') => {
      const { status, json, text } = await subject.call('GET', `/admin/audit?per_page=100${query}`, {
        token: admin.token,
      })
      assert.equal(status, 200, text)
      return json.items as Row[]
    }
    const idOf = async ({ token }: Holder) =>
      (await subject.call('GET', '/auth/user', { token })).json.public_id as string
    const ports = () => subject.service.ports
    const verify = async () => {
      await chainFacts(ports())
      return verifyAudit(ports().store, secret)
    }

    test('has a row for each thing that happens to an account, with who, where and what', async () => {
      const admin = await subject.newAdmin()
      const adminId = await idOf(admin)
      const user = await subject.newUser()
      const id = await idOf(user)
      const { email, password } = user
      const post = (path: string, json: object, token?: string) =>
        subject.call('POST', path, { json, ...(token && { token }) })
      await post('/auth/login', { email, password: 'wrong' })
      const second = (await post('/auth/login', { email, password })).json.access_token
      const third = (await post('/auth/renew', {}, second)).json.access_token
      await post('/tokens', { description: 'x', scope: 'widgets:read' }, third)
      await subject.call('POST', '/auth/logout', { token: third })
      const changed = await post(
        '/auth/password',
        { current_password: password, new_password: 'another horse' },
        user.token,
      )
      await subject.call('DELETE', '/tokens', { token: changed.json.access_token })
      for (const change of [{ disabled: true }, { disabled: false, admin: true }, { admin: false }]) {
        await subject.call('PATCH', `/admin/users/${id}`, { token: admin.token, json: change })
      }
      await subject.call('DELETE', `/admin/users/${id}`, admin)
      const rows = await read(admin, `&subject=${id}`)
      const told = rows.toReversed().filter(({ action }) => action !== 'revocation.confirmed')
      assert.deepEqual(
        told.map(({ action, actor }) => [action, actor === id ? 'user' : actor === adminId ? 'admin' : actor]),
        [
          ['account.registered', 'user'],
          ['login.failed', null],
          ['login', 'user'],
          ['token.renewed', 'user'],
          ['token.created', 'user'],
          ['token.revoked', 'user'],
          ['password.changed', 'user'],
          ['tokens.revoked', 'user'],
          ['account.changed', 'admin'],
          ['account.changed', 'admin'],
          ['account.changed', 'admin'],
          ['account.deleted', 'admin'],
        ],
      )
      assert.ok(told.every(({ address, request_id }) => address === '127.0.0.1' && request_id !== null))
      // On a fleet, each revocation has its receipt.
      const receipts = rows.filter(({ action }) => action === 'revocation.confirmed')
      assert.equal(receipts.length, subject.kind === 'sqlite' ? 0 : 6)
      for (const { details } of receipts) assert.equal(details.nodes, 1)
      const text = JSON.stringify(rows)
      for (const hidden of [password, 'another horse', 'wrong', 'argon2', email, second, third])
        assert.ok(!text.includes(hidden), hidden)
    })

    test('is read by administrators, with filters, the newest first', async () => {
      const admin = await subject.newAdmin()
      const id = await idOf(admin)
      subject.now = noon + 60_000
      await subject.newUser()
      subject.now = noon
      const all = await read(admin)
      assert.deepEqual(
        all.map(({ seq }) => seq),
        all.map(({ seq }) => seq).toSorted((a, b) => b - a),
      )
      const later = await read(admin, '&since=2030-06-15T12:01:00Z')
      assert.deepEqual(
        later.map(({ action }) => action),
        ['account.registered'],
      )
      assert.ok((await read(admin, '&until=2030-06-15T14:01:00%2B02:00')).length >= all.length - 1)
      assert.ok((await read(admin, '&action=login')).every(({ action }) => action === 'login'))
      assert.deepEqual(await read(admin, '&action=nothing'), [])
      assert.ok((await read(admin, `&actor=${id}`)).every(({ actor }) => actor === id))
      for (const query of ['since=yesterday', 'until=2030-06-15', 'actor=%00']) {
        assertInvalid(await subject.call('GET', `/admin/audit?${query}`, admin), [query.split('=')[0] as string])
      }
    })

    test('fits, and names the first row that was changed, moved, removed or forged', async () => {
      await subject.newUser()
      assert.deepEqual(await verify(), { rows: (await verify()).rows, sealed: true })
      const { store } = ports()
      const rows = await store.selectFrom('audit').selectAll().orderBy('seq').execute()
      const head = await store.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
      const [second, last] = [rows[1], rows.at(-1)] as [(typeof rows)[0], (typeof rows)[0]]
      const restore = async () => {
        await store.deleteFrom('audit').execute()
        for (const row of rows) await store.insertInto('audit').values(row).execute()
        await store.updateTable('audit_head').set(head).execute()
      }
      const attacks: [() => Promise<unknown>, RegExp][] = [
        [() => store.updateTable('audit').set({ actor: 'me' }).where('seq', '=', 2).execute(), /^row 2 does not fit/],
        [
          () => store.updateTable('audit').set({ details: '{}' }).where('seq', '=', last.seq).execute(),
          new RegExp(`^row ${last.seq} does`),
        ],
        [() => store.updateTable('audit').set({ at: 1 }).where('seq', '=', 3).execute(), /^row 3 does not fit/],
        [() => store.deleteFrom('audit').where('seq', '=', 2).execute(), /^row 2 is missing/],
        [
          () => store.deleteFrom('audit').where('seq', '=', last.seq).execute(),
          new RegExp(`^row ${last.seq} and all after`),
        ],
        [
          async () => {
            // The chain itself would fit, without the last row.
            const before = rows.at(-2) as typeof last
            await store.deleteFrom('audit').where('seq', '=', last.seq).execute()
            await store.updateTable('audit_head').set({ seq: before.seq, hash: before.hash }).execute()
          },
          /^the seal of the head does not fit/,
        ],
        [() => store.updateTable('audit_head').set({ mac: null }).execute(), /^the head has no seal/],
        [
          () => store.updateTable('audit').set({ hash: second.hash }).where('seq', '=', 3).execute(),
          /^row 3 does not fit/,
        ],
      ]
      for (const [attack, fault] of attacks) {
        await attack()
        assert.match(String((await verifyAudit(store, secret)).fault), fault)
        await restore()
        assert.equal((await verifyAudit(store, secret)).fault, undefined)
      }
      assert.match(String((await verifyAudit(store, 'y'.repeat(40))).fault), /LATCHKEY_SECRET is another one/)
    })

    test('has the receipt of a revocation also after a stop in the same moment', async () => {
      if (subject.kind === 'sqlite') return
      const admin = await subject.newAdmin()
      const user = await subject.newUser()
      const id = await idOf(user)
      await subject.call('POST', '/auth/logout', user)
      await subject.restart()
      const actions = (await read(admin, `&subject=${id}`)).map(({ action }) => action)
      assert.ok(actions.includes('revocation.confirmed'), String(actions))
    })

    test('rolls back with what it tells', async () => {
      const user = await subject.newUser()
      const { rows } = await verify()
      const json = { email: user.email, password: user.password }
      assert.equal((await subject.call('POST', '/auth/register', { json })).status, 409)
      assert.equal((await subject.call('DELETE', '/tokens/00000000-0000-4000-8000-000000000000', user)).status, 404)
      assert.equal((await verify()).rows, rows)
    })

    test('keeps one chain when several processes append at the same moment', async () => {
      const before = (await verify()).rows
      const users = await Promise.all(Array.from({ length: 20 }, () => subject.newUser()))
      await Promise.all([
        ...users.map((user) => subject.call('POST', '/auth/logout', user)),
        ...Array.from({ length: 10 }, () => chainFacts(ports())),
      ])
      const { rows, fault } = await verify()
      assert.equal(fault, undefined)
      assert.ok(rows >= before + 40, `${rows - before}`)
    })

    test('still fits after old rows were deleted', async () => {
      const { rows } = await verify()
      subject.now = noon + 10 * 86_400_000
      await subject.newUser()
      const settings = { ...ports().settings, AUDIT_RETENTION_DAYS: 5 }
      await chainFacts(ports())
      await pruneAudit({ ...ports(), settings }, subject.now)
      const after = await verify()
      assert.ok(after.fault === undefined && after.rows < rows && after.rows >= 1, JSON.stringify(after))
      await pruneAudit({ ...ports(), settings }, subject.now + 10 * 86_400_000)
      assert.deepEqual(await verify(), { rows: 0, sealed: true })
      subject.now = noon
      await subject.newUser()
      assert.equal((await verify()).fault, undefined)
    })

    test('loses no row to the retention that was changed, or that stands behind a gap', async () => {
      for (let i = 0; i < 3; i++) await subject.newUser()
      assert.equal((await verify()).fault, undefined)
      const { store } = ports()
      const rows = await store.selectFrom('audit').selectAll().orderBy('seq').execute()
      const head = await store.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
      const third = head.base_seq + 3
      const settings = { ...ports().settings, AUDIT_RETENTION_DAYS: 5 }
      // All rows are younger than the retention, until somebody changes their time.
      const attacks: [days: number, attack: () => Promise<unknown>, first: number][] = [
        [0, () => store.updateTable('audit').set({ at: 1 }).execute(), head.base_seq + 1],
        [10, () => store.updateTable('audit').set({ actor: 'me' }).where('seq', '=', third).execute(), third],
        [10, () => store.deleteFrom('audit').where('seq', '=', third).execute(), third + 1],
      ]
      for (const [days, attack, first] of attacks) {
        await attack()
        const { fault } = await verifyAudit(store, secret)
        await pruneAudit({ ...ports(), settings }, noon + days * 86_400_000)
        const { seq } = await store.selectFrom('audit').select('seq').orderBy('seq').executeTakeFirstOrThrow()
        assert.equal(seq, first)
        assert.ok(fault !== undefined)
        assert.equal((await verifyAudit(store, secret)).fault, fault)
        await store.deleteFrom('audit').execute()
        await store.insertInto('audit').values(rows).execute()
        await store.updateTable('audit_head').set(head).execute()
      }
      assert.equal((await verify()).fault, undefined)
    })

    test('tells for ever that the head was forged, also after more rows were appended and sealed', async () => {
      const { store } = ports()
      const head = () => store.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
      const cutLast = async (mac: string | null) => {
        const { seq } = await head()
        const before = await store
          .selectFrom('audit')
          .selectAll()
          .where('seq', '=', seq - 1)
          .executeTakeFirstOrThrow()
        await store.deleteFrom('audit').where('seq', '=', seq).execute()
        await store
          .updateTable('audit_head')
          .set({ seq: seq - 1, hash: before.hash, mac })
          .execute()
        return seq
      }
      await subject.newUser()
      assert.equal((await verify()).fault, undefined)
      const known: number[] = []
      for (const mac of [null, (await head()).mac, 'forged']) {
        const cut = await cutLast(mac)
        await subject.newUser()
        await chainFacts(ports())
        await subject.newUser()
        await chainFacts(ports())
        assert.match(String((await verifyAudit(store, secret, { known })).fault), new RegExp(`^row ${cut} `))
        // An operator who knows the reason goes on.
        known.push(cut)
        assert.equal((await verifyAudit(store, secret, { known })).fault, undefined)
      }
      assert.match(String((await verifyAudit(store, secret)).fault), new RegExp(`^row ${known[0]} `))
      const admin = await subject.newAdmin()
      assert.equal((await read(admin, '&action=audit.resealed')).length, 3)
    })

    test('is not deleted by the retention while the seal does not fit', async () => {
      const { store } = ports()
      assert.equal((await verify()).fault === undefined, false)
      const before = await store.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
      await store.updateTable('audit_head').set({ mac: 'forged' }).execute()
      const settings = { ...ports().settings, AUDIT_RETENTION_DAYS: 1 }
      await pruneAudit({ ...ports(), settings }, subject.now + 10 * 86_400_000)
      const { base_seq, mac } = await store.selectFrom('audit_head').selectAll().executeTakeFirstOrThrow()
      assert.deepEqual([base_seq, mac], [before.base_seq, 'forged'])
      await store.updateTable('audit_head').set(before).execute()
    })
  },
  { LATCHKEY_SECRET: secret },
)
