import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'
import { type ConsolePage, consolePages } from './pages.ts'
import { faultsOf, openConsole, type Person, showPage } from './person.ts'

let database: TestDatabase
let service: TestService
before(async () => {
  database = await createSqlite()
  service = await startTestService(database)
  const token = await service.admin()
  // Names without a space, as long as may be.
  const email = `${'o'.repeat(64)}@${'d'.repeat(60)}.example.com`
  await service.register({ email, username: 'u'.repeat(39) })
  for (const [path, json] of [
    ['/tokens', { description: 'd'.repeat(64) }],
    ['/admin/services', { name: 's'.repeat(64) }],
  ] as const) {
    const { status, text } = await service.call('POST', path, { token, json })
    assert.equal(status, 201, text)
  }
})
after(async () => {
  await service.stop()
  await database.remove()
})

/** As a debugger runs it, because the policy of the page lets in no script of others. */
const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe-core finds on the page that is shown. */
async function violationsOf({ page }: Person): Promise<string[]> {
  if ((await page.evaluate('typeof axe')) === 'undefined') await page.evaluate(axe)
  return page.evaluate(`axe.run(document, { runOnly: ${JSON.stringify(rules)} })
    .then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => [id, help, target, failureSummary].join(' | '))))`)
}

const desk = { width: 1280, height: 900 }
const phone = { width: 375, height: 740 }
const narrow = { width: 320, height: 640 }

/** What is looked at in each language. The longest words are German. */
const looks: Record<string, [typeof desk, 'light' | 'dark'][]> = {
  'en-US': [
    [desk, 'light'],
    [phone, 'dark'],
  ],
  'de-DE': [[narrow, 'light']],
}

/** Looks at what is shown. */
async function assertAccessible(person: Person, name: string, locale: string): Promise<void> {
  const { page } = person
  for (const [viewport, colorScheme] of looks[locale] ?? []) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    assert.deepEqual(await violationsOf(person), [], `${name}, ${colorScheme}, ${viewport.width} px`)
    const width = Number(await page.evaluate('document.documentElement.scrollWidth'))
    assert.ok(width <= viewport.width, `${name} is ${width} px wide on a screen of ${viewport.width} px`)
  }
  await page.setViewportSize(desk)
}

for (const locale of Object.keys(looks)) {
  test(`axe-core finds nothing on any page, light, dark and on a phone (${locale})`, async (t) => {
    const person = await openConsole(service.address, { locale })
    t.after(person.close)
    const { page } = person
    const show = (each: ConsolePage) => showPage(page, service.address, each)
    for (const each of consolePages.filter(({ open }) => open)) {
      await show(each)
      await assertAccessible(person, each.name, locale)
    }
    await person.logIn(account.email)
    assert.equal(await page.evaluate('document.documentElement.lang'), locale.slice(0, 2))
    for (const each of consolePages.filter(({ open }) => !open)) {
      await show(each)
      await assertAccessible(person, each.name, locale)
      if (each.asks === undefined) continue
      await page.locator(each.asks).first().click()
      await page.getByRole('dialog').waitFor()
      await assertAccessible(person, `the dialog of ${each.name}`, locale)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
    }
    assert.deepEqual(faultsOf(person), [])
  })
}

/** What the page needs, and what it has beside a scroll bar. */
const widths = '[document.documentElement.scrollWidth, document.documentElement.clientWidth]'

test('no page is wider than the screen, from 320 to 2560 px, for languages of both directions', async (t) => {
  const person = await openConsole(service.address)
  t.after(person.close)
  const { page } = person
  const look = async (each: ConsolePage) => {
    await showPage(page, service.address, each)
    for (const direction of ['ltr', 'rtl']) {
      await page.evaluate(`document.documentElement.dir = '${direction}'`)
      for (const width of [320, 768, 2560]) {
        await page.setViewportSize({ width, height: 800 })
        const [needed, given] = await page.evaluate<[number, number]>(widths)
        assert.ok(needed <= given, `${each.name}, ${direction}, ${width} px: ${needed} of ${given} px`)
      }
    }
  }
  for (const each of consolePages) if (each.open) await look(each)
  await person.logIn(account.email)
  for (const each of consolePages) if (!each.open) await look(each)
})
