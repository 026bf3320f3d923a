import type { Settings } from '../config/table.ts'
import { Refusal } from '../refusal.ts'
import { listTokens } from '../tokens/list.ts'
import { revokeAllTokens, revokeToken } from '../tokens/revoke.ts'
import { type Column, CommandError, count, iso, print, printList } from './terminal.ts'
import { requireUser, withUser } from './user.ts'
import { withPorts } from './with-ports.ts'

const reason = 'revoked by the operator'

/** Lists an account's live tokens. */
export async function list(settings: Settings, email: string, options: { json?: true }): Promise<void> {
  const tokens = await withPorts(settings, async (ports) => listTokens(ports, (await requireUser(ports, email)).id))
  printList(tokens.map(describe), columns, options)
}

/** Revokes one token, or all tokens of an account. */
export function revoke(settings: Settings, id: string | undefined, options: { user?: string }): Promise<void> {
  if (id !== undefined && options.user === undefined) return revokeOne(settings, id.trim().toLowerCase())
  if (id === undefined && options.user !== undefined) {
    return withUser(settings, options.user, async (ports, user) => {
      const { tokens } = await revokeAllTokens(ports, user.id, reason)
      return `${user.email}: ${count(tokens, 'token')} revoked`
    })
  }
  throw new CommandError('give either the id of a token or --user EMAIL', 2)
}

async function revokeOne(settings: Settings, jti: string): Promise<void> {
  await withPorts(settings, (ports) =>
    revokeToken(ports, { jti }, reason).catch((error) => {
      if (error instanceof Refusal && error.code === 'token_not_found')
        throw new CommandError(`there is no live token with the id ${jti}`)
      throw error
    }),
  )
  print(`token ${jti} revoked`)
}

function describe({ created_at, expires_at, last_used_at, ...token }: Awaited<ReturnType<typeof listTokens>>[number]) {
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
