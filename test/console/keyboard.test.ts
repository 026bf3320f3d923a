import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'
import { type ConsolePage, consolePages } from './pages.ts'
import { faultsOf, openConsole, type Person, showPage } from './person.ts'

let database: TestDatabase
let service: TestService
let person: Person
before(async () => {
  database = await createSqlite()
  service = await startTestService(database)
  await service.admin()
  await service.register({ email: 'other@example.com' })
  person = await openConsole(service.address)
})
after(async () => {
  await person.close()
  await service.stop()
  await database.remove()
})

/** What a person without a mouse needs to reach in a part of the page, by its words. */
const reachable = (part: string) => `[...document.querySelectorAll('${part} :is(a, button, input, select, summary)')]
  .filter((each) => !each.disabled && each.checkVisibility({ visibilityProperty: true }))
  .map((each) => (window.ids ??= new Map()).get(each) ?? (ids.set(each, ids.size + ' ' + each.outerHTML.slice(0, 90)), ids.get(each)))`

/** What has the focus, and whether a person sees the focus. */
const focused = `(() => {
  const each = document.activeElement
  const { outlineStyle, outlineWidth } = getComputedStyle(each)
  return { id: ids.get(each), isSeen: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0, html: each.outerHTML.slice(0, 90) }
})()`
interface Focused {
  id?: string
  isSeen: boolean
  html: string
}

/** Presses Tab until the focus comes back, and asserts that everything in the part was reached, with a visible focus. */
async function assertReached(name: string, part: string): Promise<void> {
  const { page } = person
  const all = await page.evaluate<string[]>(reachable(part))
  assert.ok(all.length > 0, name)
  const reached: string[] = []
  // A field of a time has several places for the focus, and the browser itself and a list that scrolls may have a turn too.
  for (let i = 0; i < 4 * all.length + 20; i++) {
    await page.keyboard.press('Tab')
    const { id, isSeen, html } = await page.evaluate<Focused>(focused)
    if (id === undefined) {
      assert.ok(part === 'body' || /^<(body|dialog)/.test(html), `${name}: the focus leaves the dialog for ${html}`)
      continue
    }
    if (id === reached[0] && id !== reached.at(-1)) break
    assert.ok(isSeen, `${name}: a person does not see that ${html} has the focus`)
    reached.push(id)
  }
  assert.deepEqual(
    all.filter((id) => !reached.includes(id)),
    [],
    name,
  )
}

async function assertKeyboard(each: ConsolePage): Promise<void> {
  const { page } = person
  await showPage(page, service.address, each)
  await assertReached(each.name, 'body')
  if (each.asks === undefined) return
  const opener = page.locator(each.asks).first()
  await opener.focus()
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await assertReached(`the dialog of ${each.name}`, 'dialog')
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
  assert.ok(await opener.evaluate((element) => element === element.ownerDocument.activeElement), each.name)
}

test('the keyboard reaches everything on every page and in every dialog, and Escape leads back', async () => {
  for (const each of consolePages) if (each.open) await assertKeyboard(each)
  await person.logIn(account.email)
  for (const each of consolePages) if (!each.open) await assertKeyboard(each)
  assert.deepEqual(faultsOf(person), [])
})
