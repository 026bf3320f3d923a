import type { RouteOptions } from 'fastify'
import { buildApp } from '../app.ts'
import type { Settings } from '../config/table.ts'
import { version } from '../version.ts'
import { type Column, printList } from './terminal.ts'
import { withPorts } from './with-ports.ts'

interface Route {
  method: string
  path: string
  who: 'anyone' | 'users' | 'administrators'
}

const who = { registered_users: 'users', admin_users: 'administrators' } as const

/** Lists the routes of the service as it would run with these settings; no database is touched. */
export async function routes(settings: Settings, options: { json?: true }): Promise<void> {
  const found = await withPorts({ ...settings, DATABASE_URL: 'sqlite::memory:' }, async (ports) => {
    const seen: RouteOptions[] = []
    const app = await buildApp(ports, version, (route) => void seen.push(route))
    await app.ready()
    await app.close()
    return seen
  })
  const rows = found.flatMap(({ method, url, config }) =>
    [method].flat().map((each): Route => {
      const audience = config?.audience
      return { method: each, path: readable(url), who: audience === undefined ? 'anyone' : who[audience] }
    }),
  )
  // HEAD goes with every GET, and OPTIONS is the browsers' own business.
  printList(
    rows.filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS'),
    columns,
    options,
  )
}

/** As OpenAPI writes it: `/widgets/{name}`. */
function readable(url: string): string {
  return url.replace(/:([A-Za-z_]+)/g, '{$1}')
}

const columns: Column<Route>[] = [
  ['METHOD', (route) => route.method],
  ['PATH', (route) => route.path],
  ['WHO', (route) => route.who],
]
