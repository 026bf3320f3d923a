import { giveToken } from '../accounts/give-token.ts'
import type { Settings } from '../config/table.ts'
import { findInvalid } from '../format.ts'
import { readSigningKey } from '../keys/load.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { selectFloor } from '../revocation/records.ts'
import { describeToken, type ListedToken, listAllTokens } from '../tokens/list.ts'
import { maxNamed_s, type Naming, namingFormats } from '../tokens/named.ts'
import { revokeAllTokens, revokeToken } from '../tokens/revoke.ts'
import { requireService } from './service.ts'
import { type Column, CommandError, count, iso, print, printList } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { requireUser } from './user.ts'
import { withPorts } from './with-ports.ts'

const reason = 'revoked by the operator'

/** Makes a named token for an account, and prints the token once. */
export async function create(
  settings: Settings,
  name: string,
  { json, ...naming }: Naming & { json?: true },
): Promise<void> {
  const errors = findInvalid({ description: naming.description }, { description: namingFormats['token-description'] })
  if (naming.expires_in !== undefined && naming.expires_in > maxNamed_s)
    errors.expires_in = `expires-in must be at most ${maxNamed_s} seconds`
  if (Object.keys(errors).length > 0) throw new Refusal('input_invalid', { errors })
  const { email, row, access_token } = await withPorts(settings, async (ports) => {
    const user = await requireUser(ports, name)
    // A command runs on the machine itself, or on one that the operator has logged in to.
    const ip = ports.origin.address ?? '127.0.0.1'
    const client = { ip, network: ip, user_agent: 'latchkey token create' }
    const made = await giveToken(await signing(ports, user.id), user, naming, client)
    await leaveLine(ports, 'token create', { user: user.id, token: made.row.jti })
    return { ...made, email: user.email }
  })
  const token = describe(describeToken({ ...row, last_used_at: null }))
  const lines = [
    `id:           ${token.id}`,
    `access_token: ${access_token}`,
    `expires:      ${token.expires_at}`,
    `give it to the program of ${email} now: the token is not stored`,
  ]
  print(json ? JSON.stringify({ ...token, access_token }, null, 2) : lines.join('\n'))
}

/** Ports that sign as a server does. A command has no keys and does not follow the log, so it reads both now. */
async function signing(ports: Ports, userId: string): Promise<Ports> {
  const { horizon, generation } = await selectFloor(ports.store, userId)
  return {
    ...ports,
    keys: { ...ports.keys, signing: () => readSigningKey(ports.store, ports.settings) },
    revocation: { ...ports.revocation, horizon: () => horizon, generation: () => generation },
  }
}

/** Lists all live tokens of an account or of a service, oldest first. */
export async function list(
  settings: Settings,
  name: string | undefined,
  options: { service?: string; json?: true },
): Promise<void> {
  const { service: id } = options
  if ((name === undefined) === (id === undefined)) {
    throw new CommandError('give either the e-mail address or username of an account, or --service ID', 2)
  }
  const tokens = await withPorts(settings, async (ports) => {
    const owner = id === undefined ? await requireUser(ports, name as string) : await requireService(ports, id)
    return listAllTokens(ports, owner.id)
  })
  printList(tokens.map(describe), columns, options)
}

/** Revokes one token, or all tokens of an account or of a service. */
export async function revoke(
  settings: Settings,
  id: string | undefined,
  { user, service }: { user?: string; service?: string },
): Promise<void> {
  if ([id, user, service].filter((given) => given !== undefined).length !== 1) {
    throw new CommandError('give either the id of a token, --user NAME or --service ID', 2)
  }
  if (id !== undefined) return revokeOne(settings, id.trim().toLowerCase())
  const sentence = await withPorts(settings, async (ports) => {
    const owner = user === undefined ? await requireService(ports, service as string) : await requireUser(ports, user)
    const { tokens } = await revokeAllTokens(ports, owner.id, reason)
    await leaveLine(ports, 'token revoke', { owner: owner.id, tokens })
    return `${'email' in owner ? owner.email : owner.name}: ${count(tokens, 'token')} revoked`
  })
  print(sentence)
}

async function revokeOne(settings: Settings, jti: string): Promise<void> {
  await withPorts(settings, async (ports) => {
    await revokeToken(ports, { jti }, reason).catch((error) => {
      if (error instanceof Refusal && error.code === 'token_not_found')
        throw new CommandError(`there is no live token with the id ${jti}`)
      throw error
    })
    await leaveLine(ports, 'token revoke', { token: jti })
  })
  print(`token ${jti} revoked`)
}

function describe({ created_at, expires_at, last_used_at, ...token }: ListedToken) {
  return { ...token, created_at: iso(created_at), expires_at: iso(expires_at), last_used_at: iso(last_used_at) }
}

const columns: Column<ReturnType<typeof describe>>[] = [
  ['ID', (token) => token.id],
  ['CREATED', (token) => token.created_at],
  ['EXPIRES', (token) => token.expires_at],
  ['LAST USED', (token) => token.last_used_at],
  ['DESCRIPTION', (token) => token.description],
  ['IP', (token) => token.ip],
]
