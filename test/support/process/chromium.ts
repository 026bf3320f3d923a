import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

/** No sandbox, because tests may run as root in a container. No background requests, which a test would count. */
const args = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface TabOptions {
  viewport?: { width: number; height: number }
  colorScheme?: 'light' | 'dark'
  locale?: string
  userAgent?: string
  /** A phone: scroll bars lie over the page. */
  isMobile?: boolean
  without?: string[]
}

/** A page in Chromium with a new profile, and a record of what happened on the page. */
export interface Tab {
  page: Page
  /** The URL of every request. */
  requests: string[]
  /** Warnings and errors on the console, and uncaught exceptions. */
  errors: string[]
  close: () => Promise<void>
}

/**
 * @param more `without`: arguments of Playwright's that Chromium does not get; the others describe the screen
 * @throws Error that says how to install Chromium, if it is not on PATH
 */
export async function openTab({ without, ...more }: TabOptions = {}): Promise<Tab> {
  const profile = mkdtempSync(join(tmpdir(), 'latchkey-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    headless: true,
    args,
    viewport: { width: 1280, height: 1024 },
    ...more,
    ...(without && { ignoreDefaultArgs: without }),
  })
  const page = context.pages()[0] ?? (await context.newPage())
  const { requests, errors } = observe(context, page)
  const close = async () => {
    await context.close()
    rmSync(profile, { recursive: true, force: true })
  }
  return { page, requests, errors, close }
}

function observe(context: BrowserContext, page: Page): { requests: string[]; errors: string[] } {
  const requests: string[] = []
  const errors: string[] = []
  context.on('request', (request) => requests.push(request.url()))
  page.on('pageerror', ({ message }) => errors.push(message))
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text())
  })
  return { requests, errors }
}

/** Chromium without windows starts in a third of the time of the whole browser. */
const programs = ['chromium-headless-shell', 'chromium']

function findChromium(): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const found = programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(existsSync)
  if (found === undefined) {
    throw new Error('the browser tests need Chromium on PATH: apt-get install chromium-headless-shell')
  }
  return found
}
