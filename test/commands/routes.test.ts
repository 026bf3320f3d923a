import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { latchkey } from '../support/process/latchkey.ts'
import { startTestService, type TestService } from '../support/service.ts'

let database: TestDatabase
let service: TestService
before(async () => {
  database = await createSqlite()
  service = await startTestService(database)
})
after(async () => {
  await service.stop()
  await database.remove()
})

async function listRoutes(settings = {}): Promise<{ method: string; path: string; who: string }[]> {
  const { code, stdout } = await latchkey(['routes', '--json'], settings)
  assert.equal(code, 0)
  return JSON.parse(stdout)
}

test('routes lists every operation of the OpenAPI document', async () => {
  const listed = new Set((await listRoutes()).map(({ method, path }) => `${method} ${path}`))
  const { json } = await service.call('GET', '/swagger.json')
  const documented = Object.entries(json.paths).flatMap(([path, operations]) =>
    Object.keys(operations as object).map((method) => `${method.toUpperCase()} ${path}`),
  )
  assert.ok(documented.length > 10)
  assert.deepEqual(
    documented.filter((each) => !listed.has(each)),
    [],
  )
})

test('routes names the correct audience of each route', async () => {
  const user = await service.register()
  for (const { method, path, who } of await listRoutes()) {
    // These refuse every request but those of the console's own page.
    if (path.startsWith('/console/')) continue
    const address = `/${path.replace(/\{\w+\}/g, 'none').replace('*', 'none')}`
    const anonymous = await service.call(method === 'ANY' ? 'PATCH' : method, address)
    assert.equal(anonymous.status === 401, who !== 'anyone', `${method} ${path} without a token: ${anonymous.status}`)
    if (who === 'anyone' || who === 'services' || path.startsWith('/api/v1/auth') || path === '/api/v1/tokens') continue
    const { status } = await service.call(method, address, { token: user })
    assert.equal(status === 403, who === 'administrators', `${method} ${path} with a user's token: ${status}`)
  }
})

test('a closed registration stays in the list, and says that nobody may register', async () => {
  const who = async (settings: object) =>
    (await listRoutes(settings)).find(({ path }) => path === '/api/v1/auth/register')?.who
  assert.deepEqual([await who({}), await who({ REGISTRATION: 'closed' })], ['anyone', 'nobody'])
})

test('routes opens no database', async () => {
  const { code } = await latchkey(['routes'], { DATABASE_URL: 'sqlite:/dev/null/latchkey.db' })
  assert.equal(code, 0)
})
