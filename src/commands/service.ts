import type { Settings } from '../config/table.ts'
import { findInvalid } from '../format.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { addService } from '../services/add.ts'
import { type ListedService, listServices } from '../services/list.ts'
import { type ServiceRow, selectService } from '../services/records.ts'
import { removeService } from '../services/remove.ts'
import { rotateSecret } from '../services/rotate.ts'
import { type Credentials, serviceFormats } from '../services/service.ts'
import { isUuid } from '../tokens/claims.ts'
import { type Column, CommandError, count, iso, print, printList } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { withPorts } from './with-ports.ts'

interface Output {
  json?: true
}

/** Registers a service and prints its credentials. */
export async function add(
  settings: Settings,
  name: string,
  { may, ...output }: Output & { may?: 'revoke-users' },
): Promise<void> {
  const errors = findInvalid({ 'service-name': name }, serviceFormats)
  if (Object.keys(errors).length > 0) throw new Refusal('input_invalid', { errors })
  const may_revoke_users = may === 'revoke-users'
  const credentials = await withPorts(settings, async (ports) => {
    const added = await addService(ports, { name, may_revoke_users })
    if (added !== undefined)
      await leaveLine(ports, may === undefined ? 'service add' : `service add --may ${may}`, {
        service: added.client_id,
      })
    return added
  })
  if (credentials === undefined) throw new CommandError(`there is already a service with the name ${name}`)
  printCredentials({ name, ...credentials }, output)
}

/** Lists the services. */
export async function list(settings: Settings, output: Output): Promise<void> {
  const services = await withPorts(settings, ({ store }) => listServices(store))
  printList(services.map(describe), columns, output)
}

/** Gives a service a new secret and prints it. */
export async function rotate(
  settings: Settings,
  id: string,
  { grace: grace_s, ...output }: Output & { grace: number },
): Promise<void> {
  const rotated = await withPorts(settings, async (ports) => {
    const secret = await rotateSecret(ports, requireId(id), grace_s)
    if (secret !== undefined) await leaveLine(ports, 'service rotate', { service: secret.client_id })
    return secret
  })
  if (rotated === undefined) throw unknownService(id)
  printCredentials(rotated, output)
}

/** Removes a service and ends its tokens. */
export async function remove(settings: Settings, id: string, output: Output): Promise<void> {
  const client_id = requireId(id)
  const removed = await withPorts(settings, async (ports) => {
    const service = await removeService(ports, client_id)
    if (service !== undefined) await leaveLine(ports, 'service remove', { service: client_id })
    return service
  })
  if (removed === undefined) throw unknownService(id)
  const { name, tokens } = removed
  if (output.json) print(JSON.stringify({ client_id, name, tokens_revoked: tokens }, null, 2))
  else print(`service ${name} is removed; ${count(tokens, 'token')} revoked`)
}

/** Finds a service. @throws CommandError if there is none with this id */
export async function requireService({ store }: Ports, id: string): Promise<ServiceRow> {
  const service = await selectService(store, requireId(id))
  if (service === undefined) throw unknownService(id)
  return service
}

/** @throws CommandError if the text is no id, which may be one that is not copied completely */
function requireId(given: string): string {
  const id = given.trim().toLowerCase()
  if (!isUuid(id)) throw unknownService(given)
  return id
}

function unknownService(id: string): CommandError {
  return new CommandError(`there is no service with the id ${id}`)
}

function printCredentials({ client_id, client_secret, name }: Credentials & { name: string }, { json }: Output): void {
  const lines = [
    `client_id:     ${client_id}`,
    `client_secret: ${client_secret}`,
    `give both to ${name} now: only a hash of the secret is stored`,
  ]
  print(json ? JSON.stringify({ client_id, client_secret, name }, null, 2) : lines.join('\n'))
}

function describe({ previous_secret_until, created_at, ...service }: ListedService) {
  return { ...service, previous_secret_until: iso(previous_secret_until), created_at: iso(created_at) }
}

const columns: Column<ReturnType<typeof describe>>[] = [
  ['CLIENT ID', (service) => service.client_id],
  ['NAME', (service) => service.name],
  ['MAY', (service) => service.may.join(', ') || null],
  ['PREVIOUS SECRET UNTIL', (service) => service.previous_secret_until],
  ['CREATED', (service) => service.created_at],
]
