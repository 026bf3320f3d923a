// Logins of accounts that were imported, with the hashes of other systems.
import assert from 'node:assert/strict'
import { createHook } from 'node:async_hooks'
import { scryptSync } from 'node:crypto'
import { test } from 'node:test'
import { hashSync } from 'bcryptjs'
import { storeImported } from '../../src/credentials/imported-password.ts'
import { derivedId } from '../../src/import/user.ts'
import { assertFails } from './refusals.ts'
import { onEachService, type Subject } from './suite.ts'

const mismatch = 'email or password does not match'
const native = /^\$argon2id\$v=19\$m=8,t=1,p=1\$/

/** A cheap hash in the form of Werkzeug. */
function scryptHash(password: string): string {
  return `scrypt:16:8:1$salt$${scryptSync(password, 'salt', 64, { N: 16, r: 8, p: 1 }).toString('hex')}`
}

let accounts = 0

/** Makes an account as an import does. */
async function insert({ service }: Subject, hash: string): Promise<string> {
  const email = `imported-${++accounts}@example.com`
  const row = {
    id: derivedId('user', email),
    email,
    password_hash: storeImported(hash),
    admin: 0,
    created_at: 1,
  } as const
  await service.ports.store.insertInto('user').values(row).execute()
  return email
}

function logIn({ call }: Subject, email: string, password: string) {
  return call('POST', '/auth/login', { json: { email, password } })
}

onEachService('a login with an imported hash', (subject) => {
  const storedHash = async (email: string) => {
    const query = subject.service.ports.store.selectFrom('user').select('password_hash').where('email', '=', email)
    return (await query.executeTakeFirstOrThrow()).password_hash
  }

  for (const [name, hashOf] of [
    ['bcrypt', (password: string) => hashSync(password, 4)],
    ['scrypt', scryptHash],
  ] as const) {
    test(`succeeds with the right password only, and the hash becomes argon2id: ${name}`, async () => {
      const hash = hashOf('an old password')
      const email = await insert(subject, hash)
      assertFails(await logIn(subject, email, 'another password'), 401, mismatch)
      assert.equal(await storedHash(email), storeImported(hash))
      assert.equal((await logIn(subject, email, 'an old password')).status, 200)
      const renewed = await storedHash(email)
      assert.match(renewed, native)
      assertFails(await logIn(subject, email, 'another password'), 401, mismatch)
      assert.equal((await logIn(subject, email, 'an old password')).status, 200)
      assert.equal(await storedHash(email), renewed)
    })
  }

  test('succeeds with a password that is shorter than a new one may be', async () => {
    const email = await insert(subject, hashSync('abc', 4))
    assert.equal((await logIn(subject, email, 'abc')).status, 200)
    assert.match(await storedHash(email), native)
    assert.equal((await logIn(subject, email, 'abc')).status, 200)
  })

  test('takes the password as it was typed at the first login, and in any Unicode form after it', async () => {
    const email = await insert(subject, scryptHash('pa\u0308ssword'))
    assertFails(await logIn(subject, email, 'p\u00e4ssword'), 401, mismatch)
    assert.equal((await logIn(subject, email, 'pa\u0308ssword')).status, 200)
    assert.equal((await logIn(subject, email, 'p\u00e4ssword')).status, 200)
  })

  test('fails without a fault of the server if Latchkey does not accept the cost or the format', async () => {
    for (const hash of ['$2b$31$'.padEnd(60, 'a'), 'scrypt:1048576:8:1$salt$'.padEnd(152, '0'), 'md5$salt$0', '']) {
      assertFails(await logIn(subject, await insert(subject, hash), 'an old password'), 401, mismatch)
    }
  })

  test('loses to a password change at the same moment', async () => {
    const email = await insert(subject, scryptHash('an old password'))
    const { store, hasher } = subject.service.ports
    const changed = await hasher.hash('a wholly new one')
    // Between the check of the old password and the transaction of the login, the login asks for the new hash.
    const change = () => store.updateTable('user').set({ password_hash: changed }).where('email', '=', email).execute()
    const { hash } = hasher
    hasher.hash = async (...given) => {
      hasher.hash = hash
      await change()
      return hash(...given)
    }
    assertFails(await logIn(subject, email, 'an old password'), 401, mismatch)
    assert.equal(await storedHash(email), changed)
    assert.equal((await logIn(subject, email, 'a wholly new one')).status, 200)
  })

  test('of many at once leaves one hash that works', async () => {
    const email = await insert(subject, hashSync('an old password', 4))
    const answers = await Promise.all(Array.from({ length: 8 }, () => logIn(subject, email, 'an old password')))
    assert.deepEqual(
      answers.map(({ status }) => status),
      answers.map(() => 200),
    )
    assert.match(await storedHash(email), native)
    assert.equal((await logIn(subject, email, 'an old password')).status, 200)
  })
})

/** Counts the hashes of each kind that run in the thread pool. */
async function countHashes(act: () => Promise<unknown>): Promise<{ argon2: number; scrypt: number }> {
  const counted = { argon2: 0, scrypt: 0 }
  const hook = createHook({
    init(_id, type) {
      if (type === 'ARGON2REQUEST') counted.argon2++
      if (type === 'SCRYPTREQUEST') counted.scrypt++
    },
  }).enable()
  await act()
  hook.disable()
  return counted
}

onEachService(
  'a stranger',
  (subject) => {
    const work = (email: string) => countHashes(() => logIn(subject, email, 'a guess'))

    test('causes the work of a native hash while there is no account', async () => {
      assert.deepEqual(await work('unknown@example.com'), { argon2: 1, scrypt: 0 })
    })

    test('causes the same work with an unknown name as with the accounts, and always the same with one name', async () => {
      const imported = await Promise.all(Array.from({ length: 20 }, () => insert(subject, scryptHash('a password'))))
      for (const email of [imported[0] as string, 'unknown@example.com', 'a@example.com', 'z@example.com'])
        assert.deepEqual(await work(email), { argon2: 0, scrypt: 1 }, email)
      // Half of the accounts have logged in since.
      for (const email of imported.slice(0, 10)) assert.equal((await logIn(subject, email, 'a password')).status, 200)
      const names = Array.from({ length: 40 }, (_, i) => `nobody-${i}@example.com`)
      const kinds: string[] = []
      for (const name of names) {
        const first = await work(name)
        assert.equal(first.argon2 + first.scrypt, 1)
        assert.deepEqual(await work(name), first)
        kinds.push(first.argon2 === 1 ? 'argon2' : 'scrypt')
      }
      assert.deepEqual(new Set(kinds), new Set(['argon2', 'scrypt']))
      await subject.restart()
      for (const [i, name] of names.entries()) assert.equal((await work(name)).argon2, kinds[i] === 'argon2' ? 1 : 0)
    })
  },
  { LATCHKEY_SECRET: 'a secret of the tests, which is long enough' },
)
