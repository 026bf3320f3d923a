import type { RouteOptions } from 'fastify'
import { buildApp } from '../app.ts'
import type { Settings } from '../config/table.ts'
import { version } from '../version.ts'
import { type Column, printList } from './terminal.ts'
import { withPorts } from './with-ports.ts'

interface Route {
  method: string
  path: string
  who: 'anyone' | 'users' | 'administrators' | 'services' | 'nobody'
}

const callers = { registered_users: 'users', admin_users: 'administrators', services: 'services' } as const

/** Lists the routes of a service with these settings. Does not open the database of the settings. */
export async function routes(settings: Settings, options: { json?: true }): Promise<void> {
  const found = await withPorts({ ...settings, DATABASE_URL: 'sqlite::memory:' }, async (ports) => {
    const seen: RouteOptions[] = []
    const app = await buildApp(ports, version, (route) => void seen.push(route))
    await app.ready()
    await app.close()
    return seen
  })
  // The console has the routes of the API again, for its own page alone.
  const listed = found.filter(({ url }) => !url.startsWith('/console/api/'))
  const rows = listed.flatMap(({ method, url, config }) =>
    methodsOf(method).map((each): Route => {
      return { method: each, path: toOpenapiPath(url), who: whoMayCall(config) }
    }),
  )
  // Every GET route has HEAD too, and OPTIONS is for CORS.
  printList(
    rows.filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS'),
    columns,
    options,
  )
}

function whoMayCall({ audience, closed }: RouteOptions['config'] = {}): Route['who'] {
  if (closed) return 'nobody'
  return audience === undefined ? 'anyone' : callers[audience]
}

/** More than GET and HEAD: a route for gateways, which has every method. */
function methodsOf(method: string | string[]): string[] {
  const methods = [method].flat()
  return methods.length > 2 ? ['ANY'] : methods
}

/** Returns the path as OpenAPI writes it: `/widgets/{name}`. */
function toOpenapiPath(url: string): string {
  return url.replace(/:([A-Za-z_]+)/g, '{$1}')
}

const columns: Column<Route>[] = [
  ['METHOD', (route) => route.method],
  ['PATH', (route) => route.path],
  ['WHO', (route) => route.who],
]
