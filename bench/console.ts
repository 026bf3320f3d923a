import { rmSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readPage } from '../src/console/io/files.ts'
import { openConsole, rowsOf } from '../test/console/person.ts'
import { openTab } from '../test/support/process/chromium.ts'
import { createPostgres } from '../test/support/process/postgres.ts'
import { runCommand } from './command.ts'
import type { Streams } from './console-client.ts'
import { createFolder } from './fixture.ts'
import { fillPeople } from './people-rows.ts'
import { file, type Server, startProcess, startService } from './processes.ts'
import { type Line, median, type Plan } from './report.ts'

const password = 'correct horse battery'
const consoles = 1000
const settings = { LOG_LEVEL: 'warn', RATE_LIMIT: '0', LOGIN_LIMIT_SUCCESS: '0', LOGIN_LIMIT_SUCCESS_ADDRESS: '0' }
const cheap = { ...settings, ARGON2_MEMORY_KIB: '8', ARGON2_PASSES: '1', REGISTRATION_LIMIT_ADDRESS: '0' }

/** Measures the console: how soon it is there, how soon it shows what ends elsewhere, and what many of them cost. */
export async function measureConsole(plan: Plan): Promise<Line[]> {
  return [
    await measureSize(),
    ...(await measureStart(plan)),
    ...(await measureNews(plan)),
    ...(await measureMany(plan)),
    ...(await measureFrames()),
  ]
}

async function measureSize(): Promise<Line> {
  const { files } = readPage(fileURLToPath(new URL('../src/console/page', import.meta.url)))
  const sizes = await Promise.all([...files.values()].map(async ({ encoded }) => (await encoded('br')).length))
  const total = sizes.reduce((sum, bytes) => sum + bytes, 0)
  return { name: 'all files of the page, compressed', value: total / 1024, unit: 'KB', target: { atMost: 60 } }
}

/** The times of a page since its navigation began. `ready`: the first field can be filled in, and a click is answered. */
const times = `new Promise((resolve) => {
  const look = () => {
    const [paint] = performance.getEntriesByName('first-contentful-paint')
    if (paint === undefined || document.querySelector('#name') === null) return setTimeout(look, 5)
    resolve({ paint: paint.startTime, ready: performance.getEntriesByName('interactive')[0]?.startTime ?? performance.now() })
  }
  look()
})`
/** Marks the moment at which the login is in the document. A module has run then, so its listeners are there. */
const markReady = `new MutationObserver((_, observer) => {
  if (document.querySelector('#name') === null) return
  performance.mark('interactive')
  observer.disconnect()
}).observe(document, { childList: true, subtree: true })`

async function measureStart({ rounds, scale }: Plan): Promise<Line[]> {
  const folder = createFolder()
  const server = await startService(folder, { DATABASE_URL: 'sqlite:latchkey.db', ...settings })
  const paints: number[] = []
  const readies: number[] = []
  const { page, close } = await openTab()
  try {
    await page.addInitScript(markReady)
    const network = await page.context().newCDPSession(page)
    for (let round = 0; round < Math.ceil(rounds * 5 * scale); round++) {
      await network.send('Network.clearBrowserCache')
      await page.goto('about:blank')
      await page.goto(`${server.address}/`)
      const { paint, ready } = await page.evaluate<{ paint: number; ready: number }>(times)
      paints.push(paint)
      readies.push(ready)
    }
  } finally {
    await close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return [
    { name: 'first paint, cold cache', value: median(paints), unit: 'ms', target: { atMost: 300 } },
    { name: 'interactive, cold cache', value: median(readies), unit: 'ms', target: { atMost: 500 } },
  ]
}

async function post(address: string, path: string, json: object, token?: string): Promise<string> {
  const response = await fetch(`${address}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    body: JSON.stringify(json),
  })
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
  return ((await response.json()) as { access_token?: string }).access_token ?? ''
}

/** Ends sessions on two nodes of three, and measures until the browser of a console on the third has drawn the list without them. */
async function measureNews({ rounds, scale }: Plan): Promise<Line[]> {
  const folder = createFolder()
  const postgres = await createPostgres()
  const nodes: Server[] = []
  const took: number[] = []
  try {
    for (let i = 0; i < 3; i++) nodes.push(await startService(folder, { ...cheap, DATABASE_URL: postgres.url }))
    const [watched, ...others] = nodes as [Server, ...Server[]]
    const login = { email: 'user@example.com', password }
    await post(watched.address, '/auth/register', login)
    const person = await openConsole(watched.address)
    try {
      await person.logIn(login.email)
      const { page } = person
      const entry = rowsOf(page).filter({ hasText: '2 logins' })
      for (let round = 0; round < Math.ceil(rounds * 20 * scale); round++) {
        const { address } = others[round % others.length] as Server
        const token = await post(address, '/auth/login', login)
        await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
        await entry.waitFor()
        // The browser notes the moment itself. Its clock is the clock of this machine.
        const shown = page.evaluate<number>(`new Promise((resolve) => {
          const list = document.querySelector('[data-sessions]')
          new MutationObserver((_, observer) => {
            if (list.textContent.includes('2 logins')) return
            observer.disconnect()
            resolve(Date.now())
          }).observe(list, { childList: true, subtree: true, characterData: true })
        })`)
        // The observer is there when the page has answered once more.
        await page.evaluate('0')
        const began = Date.now()
        await post(address, '/auth/logout', {}, token)
        took.push((await shown) - began)
      }
    } finally {
      await person.close()
    }
  } finally {
    for (const node of nodes) await node.stop()
    await postgres.remove()
    rmSync(folder, { recursive: true, force: true })
  }
  const sorted = took.toSorted((a, b) => a - b)
  const p95 = sorted[Math.ceil(sorted.length * 0.95) - 1] as number
  return [
    { name: 'a session that ends on another node is gone from the list, median', value: median(took), unit: 'ms' },
    { name: 'the same, p95', value: p95, unit: 'ms', target: { atMost: 250 } },
  ]
}

/** Opens consoles of 100 users on one node, and measures what they cost while nothing happens. */
async function measureMany({ scale }: Plan): Promise<Line[]> {
  const folder = createFolder()
  const server = await startService(folder, { DATABASE_URL: 'sqlite:latchkey.db', ...cheap })
  const client = startProcess([file('console-client.ts')], folder)
  try {
    const tokens = []
    for (let i = 0; i < consoles / 10; i++) {
      tokens.push(await post(server.address, '/auth/register', { email: `user-${i}@example.com`, password }))
    }
    await sleep(2000)
    const before = await server.usage()
    const message: Streams = { address: server.address, tokens, each: consoles / tokens.length }
    const { opened } = await client.ask<{ opened: number }>(message)
    if (opened !== consoles) throw new Error(`${opened} consoles are open`)
    await sleep(2000)
    const after = await server.usage()
    const began_ms = performance.now()
    await sleep(20_000 * scale)
    const rest = await server.usage()
    const share = (rest.cpu_us - after.cpu_us) / 1000 / (performance.now() - began_ms)
    const MB = (rest.rss_bytes - before.rss_bytes) / 1024 ** 2
    return [
      { name: '1,000 open consoles: memory of the server', value: MB, unit: 'MB', target: { atMost: 60 } },
      { name: '1,000 open consoles at rest, of a core', value: share, target: { atMost: 0.05 } },
    ]
  } finally {
    await client.stop()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Notes the time between the frames of the page, and the animation frames that took 50 ms or more. */
const watchFrames = `(() => {
  window.gaps = []
  window.long = []
  let last = performance.now()
  const next = (now) => {
    gaps.push(now - last)
    last = now
    requestAnimationFrame(next)
  }
  requestAnimationFrame(next)
  new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: 'long-animation-frame' })
})()`

/** An administrator types, turns pages and scrolls in the list of 100,000 accounts. */
async function measureFrames(): Promise<Line[]> {
  const folder = createFolder()
  const database = { DATABASE_URL: 'sqlite:latchkey.db' }
  const email = 'administrator@example.com'
  runCommand(['db', 'migrate'], folder, database)
  runCommand(['user', 'add', email, '--admin', '--password-stdin'], folder, { ...database, ...cheap }, password)
  await fillPeople(`sqlite:${folder}/latchkey.db`, '', { accounts: 100_000, tokens: 0, facts: 0 })
  const server = await startService(folder, { ...database, ...cheap })
  const person = await openConsole(server.address)
  try {
    const { page } = person
    await page.goto(`${server.address}/`)
    await page.locator('#name').fill(email)
    await page.locator('#password').fill(password)
    await page.keyboard.press('Enter')
    await page.locator('[data-sessions]').waitFor()
    await page.goto(`${server.address}/#/users`)
    await page.locator('[data-users] > tr').first().waitFor()
    await page.evaluate(watchFrames)
    const found = (text: string) => page.locator('.pager > span').first().filter({ hasText: text }).waitFor()
    for (const query of ['user9', 'name-12', 'user', 'user4711']) {
      await page.locator('[type=search]').fill('')
      await page.locator('[type=search]').pressSequentially(query, { delay: 60 })
      await page
        .locator('[data-users] a', { hasText: query.replace('name-', 'user') })
        .first()
        .waitFor()
    }
    await page.locator('[type=search]').fill('')
    await found('100,001')
    for (let i = 0; i < 20; i++) {
      await page.locator('.pager button').last().click()
      await page.locator('.pager', { hasText: `Page ${i + 2} of` }).waitFor()
      for (const step of [400, 400, -800]) {
        await page.mouse.wheel(0, step)
        await page.evaluate('new Promise(requestAnimationFrame)')
      }
    }
    const { gaps, long } = await page.evaluate<{ gaps: number[]; long: number[] }>('({ gaps, long })')
    return [
      {
        name: '100,000 accounts, typing, pages and scrolling: frames of 50 ms or more',
        value: long.length,
        target: { atMost: 0 },
      },
      { name: 'the same, longest time between two frames', value: Math.max(...gaps), unit: 'ms' },
    ]
  } finally {
    await person.close()
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
