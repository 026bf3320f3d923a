import type { Settings } from '../config/table.ts'
import { Refusal } from '../refusal.ts'
import { type ListedToken, listAllTokens } from '../tokens/list.ts'
import { revokeAllTokens, revokeToken } from '../tokens/revoke.ts'
import { requireService } from './service.ts'
import { type Column, CommandError, count, iso, print, printList } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { requireUser } from './user.ts'
import { withPorts } from './with-ports.ts'

const reason = 'revoked by the operator'

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
