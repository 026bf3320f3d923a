import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** Without a sandbox: tests run as root in containers; and quiet, so that every request is the page's own. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** A page in Chromium, with a profile of its own, and all that happened on it. */
export interface Tab {
  page: Page
  /** The address of every request that the page made. */
  requests: string[]
  /** What the console showed as a warning or an error, and errors that no script caught. */
  complaints: string[]
  close: () => Promise<void>
}

/** @throws Error that says how to get Chromium, if there is none on PATH */
export async function openTab(): Promise<Tab> {
  const profile = mkdtempSync(join(tmpdir(), 'latchkey-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    headless: true,
    args,
    viewport: { width: 1280, height: 1024 },
  })
  const page = context.pages()[0] ?? (await context.newPage())
  const { requests, complaints } = observe(context, page)
  const close = async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
  return { page, requests, complaints, close }
}

function observe(context: BrowserContext, page: Page): { requests: string[]; complaints: string[] } {
  const requests: string[] = []
  const complaints: string[] = []
  context.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text())
  })
  return { requests, complaints }
}

function findChromium(): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = folders.map((folder) => join(folder, 'chromium')).find(existsSync)
  if (found === undefined) throw new Error('the browser tests need Chromium on PATH: apt-get install chromium')
  return found
}
