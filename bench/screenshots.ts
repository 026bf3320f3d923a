// npm run screenshots: writes a picture of every page of the console, light, dark and on a phone, to screenshots/. The pictures
// of README.md go to docs/images/ as well.
import { copyFileSync, mkdirSync, statSync } from 'node:fs'
import { type ConsolePage, consolePages } from '../test/console/pages.ts'
import { openConsole, showPage } from '../test/console/person.ts'
import { createSqlite } from '../test/support/databases.ts'
import { startTestService, type TestService } from '../test/support/service.ts'
import { file } from './processes.ts'

const person = { email: 'ada@example.com', username: 'ada', password: 'correct horse battery' }
const macOS = 'Macintosh; Intel Mac OS X 10_15_7'
/** The browser, the address, and how many hours ago the person has logged in and used it. */
const browsers = [
  [
    `Mozilla/5.0 (${macOS}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15`,
    '203.0.113.7',
    140,
    20,
  ],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1',
    '198.51.100.23',
    70,
    0.2,
  ],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0', '203.0.113.88', 50, 49],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0', '203.0.113.88', 26, 3],
  ['curl/8.16.0', '192.0.2.15', 8, 8],
] as const
const names = ['grace', 'alan', 'edsger', 'barbara', 'donald', 'margaret', 'dennis', 'radia', 'ken', 'frances']

const hour_ms = 3_600_000
let now = Date.now()

/** What a service has after some days. */
async function addSamples(service: TestService): Promise<void> {
  const { call } = service
  const began = Date.now()
  const admin = await service.admin(person)
  for (const username of names) await service.register({ email: `${username}@example.com`, username })
  for (const name of ['orders', 'invoices']) await call('POST', '/admin/services', { token: admin, json: { name } })
  for (const [agent, address, login_h, used_h] of browsers) {
    const headers = ['User-Agent', agent, 'X-Forwarded-For', address]
    now = began - login_h * hour_ms
    const { json } = await call('POST', '/auth/login', { json: person, headers })
    now = began - used_h * hour_ms
    await call('GET', '/auth/user', { token: json.access_token, headers })
  }
  now = began
  for (const description of ['nightly backup', 'deploy from CI']) {
    await call('POST', '/tokens', { token: admin, json: { description, expires_in: 30 * 86_400 } })
  }
  await call('POST', '/auth/login', { json: { ...person, password: 'a wrong password' } })
  // The logins of this script are no part of the picture.
  const { tokens } = (await call('GET', '/tokens', { token: admin })).json
  const own = tokens.filter(({ description, current }: Listed) => description === 'unknown client' && !current)
  for (const { id } of own) await call('DELETE', `/tokens/${id}`, { token: admin })
  await call('POST', '/auth/logout', { token: admin })
}

interface Listed {
  id: string
  description: string
  current: boolean
}

const screens = {
  light: { viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  phone: { viewport: { width: 375, height: 740 }, colorScheme: 'light', isMobile: true },
} as const
/** The pictures of README.md, and the most bytes that one of them has. */
const pictured = ['sessions-light', 'sessions-dark', 'sessions-phone', 'users-light']
const most_bytes = 120_000

const folder = file('../screenshots')
const images = file('../docs/images')
for (const each of [folder, images]) mkdirSync(each, { recursive: true })
const database = await createSqlite()
const service = await startTestService(database, { TRUST_PROXY: '127.0.0.1', TOKEN_TTL_SECONDS: '864000' }, () => now)
try {
  await addSamples(service)
  for (const [screen, options] of Object.entries(screens)) {
    const { page, logIn, close } = await openConsole(service.address, options)
    const take = async (each: ConsolePage) => {
      await showPage(page, service.address, each)
      const name = `${each.name}-${screen}`
      await page.screenshot({ path: `${folder}/${name}.png`, fullPage: !pictured.includes(name) })
    }
    for (const each of consolePages) if (each.open) await take(each)
    await logIn(person.email)
    for (const each of consolePages) if (!each.open) await take(each)
    // The pictures of the next screen have one session of this browser.
    await page.evaluate(`fetch('console/api/v1/auth/logout', { method: 'POST', headers: { 'latchkey-console': '1' } })`)
    await close()
  }
} finally {
  await service.stop()
  await database.remove()
}
for (const name of pictured) {
  const { size } = statSync(`${folder}/${name}.png`)
  if (size > most_bytes) throw new Error(`${name}.png has ${size} bytes`)
  copyFileSync(`${folder}/${name}.png`, `${images}/${name}.png`)
  process.stdout.write(`docs/images/${name}.png: ${size} bytes\n`)
}
