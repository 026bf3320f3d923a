import { openDatabase } from '../src/store/open.ts'
import { onBothDatabases, type Place } from './both-databases.ts'
import { runCommand } from './command.ts'
import { fillPeople } from './people-rows.ts'
import { startService } from './processes.ts'
import type { Line, Plan } from './report.ts'

const accounts = 100_000
const million = 1_000_000
const limit_ms = 50
/** Requests for each page. */
const tries = 5
const administrator = { email: 'administrator@example.com', password: 'correct horse battery' }

/** Measures every kind of list that administrators read, and the list of a user's own tokens, through HTTP. */
export function measureLists(plan: Plan): Promise<Line[]> {
  return onBothDatabases((place) => measureOn(place, plan))
}

async function measureOn({ kind, url, folder }: Place, plan: Plan): Promise<Line[]> {
  const settings = { DATABASE_URL: url, LOG_LEVEL: 'warn' }
  const add = ['user', 'add', administrator.email, '--admin', '--password-stdin']
  runCommand(add, folder, settings, administrator.password)
  const { store } = await openDatabase(url)
  const { id } = await store.selectFrom('user').select('id').executeTakeFirstOrThrow()
  await store.destroy()
  await fillPeople(url, id, { accounts, tokens: million * plan.scale, facts: million * plan.scale })
  const server = await startService(folder, { ...settings, TOKEN_LIMIT_ACCOUNT: '0' })
  try {
    const read = await reader(server.address)
    const lines: Line[] = []
    for (const [name, paths] of await listsOf(read, id)) {
      let slowest = 0
      for (const path of paths) slowest = Math.max(slowest, await slowestPage(read, path, tries))
      lines.push({ name: `${kind}: ${name}`, value: slowest, unit: 'ms', target: { atMost: limit_ms } })
    }
    return lines
  } finally {
    await server.stop()
  }
}

interface Listing {
  total_pages: number
  total_items: number
  items?: { public_id: string; at: string; actor: string }[]
}

type Read = (path: string) => Promise<Listing>

/** Logs the administrator in. @returns reads one page */
async function reader(address: string): Promise<Read> {
  const login = await fetch(`${address}/api/v1/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(administrator),
  })
  const { access_token } = (await login.json()) as { access_token: string }
  return async (path) => {
    const answer = await fetch(`${address}/api/v1${path}`, { headers: { authorization: `Bearer ${access_token}` } })
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Listing
  }
}

const sorts = ['created_at', '-created_at', 'email', '-email', 'last_login_at', '-last_login_at']

/** The lists, by what their line in the table is called. */
async function listsOf(read: Read, id: string): Promise<[name: string, paths: string[]][]> {
  const { items: [one] = [] } = await read('/admin/users?query=user5')
  const { items: [row] = [], total_pages } = await read('/admin/audit?per_page=100')
  const { items: [middle] = [] } = await read(`/admin/audit?per_page=100&page=${total_pages >> 1}`)
  const searches = {
    '100,000 by address': 'user',
    '66,667 by username': 'name-',
    '11,111 by address': 'user9',
    '6,250 by id': one?.public_id.slice(0, 1),
    'about 1,000 by address': 'user99',
    'one by id': one?.public_id,
  }
  const audit = {
    '': '',
    ' of an action': '&action=login',
    ' of an actor': `&actor=${row?.actor}`,
    ' of a subject': `&subject=${row?.actor}`,
    ' since the middle': `&since=${middle?.at}`,
    ' until the middle': `&until=${middle?.at}`,
    ' of an action until the middle': `&action=login&until=${middle?.at}`,
    ' of an action since the middle': `&action=login&since=${middle?.at}`,
  }
  const inEachOrder = (query: string) => sorts.map((sort) => `/admin/users?per_page=100&sort=${sort}${query}`)
  return [
    ['accounts, in each order', inEachOrder('')],
    ...Object.entries(searches).map(([what, query]): [string, string[]] => [
      `accounts found, ${what}, in each order`,
      inEachOrder(`&query=${query}`),
    ]),
    ['the 10,000 tokens of an account', [`/admin/users/${id}/tokens?per_page=100`]],
    ['GET /tokens of the same account', ['/tokens?per_page=100']],
    ...Object.entries(audit).map(([what, query]): [string, string[]] => [
      `the audit trail${what}`,
      [`/admin/audit?per_page=100${query}`],
    ]),
  ]
}

/**
 * Returns the time of the page that takes longest: of the first, the second, the middle and the last. The time of a page is that of its
 * fastest try, because other work on the machine only adds to it.
 */
async function slowestPage(read: Read, path: string, tries: number): Promise<number> {
  const { total_pages } = await read(path)
  const pages = new Set([1, 2, Math.ceil(total_pages / 2), total_pages])
  const times: number[] = []
  for (const page of pages) {
    const own: number[] = []
    for (let i = 0; i < tries; i++) {
      const begin = performance.now()
      await read(`${path}&page=${page}`)
      own.push(performance.now() - begin)
    }
    times.push(Math.min(...own))
  }
  return Math.max(...times)
}
