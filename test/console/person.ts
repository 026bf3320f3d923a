import type { Page } from 'playwright-core'
import { openTab, type Tab, type TabOptions } from '../support/process/chromium.ts'
import { account } from '../support/service.ts'
import type { ConsolePage } from './pages.ts'

/** What a person does in the console. */
export interface Person extends Tab {
  logIn: (email?: string) => Promise<void>
  /** Opens another tab of the same browser. */
  openPage: () => Promise<Page>
}

/** Reports what the policy of the page has refused as an error on the console. As text, because the page has other types. */
const reportViolations = `addEventListener('securitypolicyviolation', (event) =>
  console.error('refused by the policy:', event.violatedDirective, event.blockedURI, event.sample))`

/** Opens a browser for the console at this address. */
export async function openConsole(address: string, options: TabOptions = {}): Promise<Person> {
  const tab = await openTab(options)
  const context = tab.page.context()
  await context.addInitScript(reportViolations)
  return {
    ...tab,
    async logIn(email = account.email) {
      await tab.page.goto(`${address}/`)
      await enter(tab.page, email)
      await tab.page.locator('[data-sessions]').waitFor()
    },
    openPage: () => context.newPage(),
  }
}

/** Fills in the login and sends it. */
export async function enter(page: Page, email: string): Promise<void> {
  await page.locator('#name').fill(email)
  await page.locator('#password').fill(account.password)
  await page.locator('form button.primary').click()
}

/** The rows of *Where you are logged in*. */
export const rowsOf = (page: Page) => page.locator('[data-sessions] > li')

/** Errors of a tab that no test expects: a request that was refused is no fault of the page. */
export function faultsOf({ errors }: Pick<Tab, 'errors'>): string[] {
  return errors.filter((error) => !/^Failed to load resource/.test(error))
}

/** Shows a page of the console at `base`, and waits until the page has what it shows. */
export async function showPage(page: Page, base: string, { address, by, ready }: ConsolePage): Promise<void> {
  // Another address behind `#` is the same document, which may still show what the page before has.
  await page.goto('about:blank')
  await page.goto(`${base}/#/${address}`)
  if (by !== undefined) await page.locator(by).first().click()
  await page.locator(ready).first().waitFor()
}
