import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from 'typebox'
import { changeUser, deleteUser, type Ended, resetFactors } from '../../accounts/change-account.ts'
import { inviteUser, offerReset } from '../../accounts/invite.ts'
import { getUser, type ListedUser, listUsers } from '../../accounts/list-users.ts'
import { addUser } from '../../accounts/register.ts'
import { type Formats, isInstant } from '../../format.ts'
import {
  describedHeader,
  failures,
  instant,
  noStore,
  Revoked,
  revoked,
  Success,
  success,
  withoutCache,
} from '../../http/envelope.ts'
import { forRequest } from '../../http/for-request.ts'
import { inGivenOrder, pageNumber, pageOf, pageSize, sendPosition } from '../../http/page-schema.ts'
import type { Ports } from '../../ports.ts'
import { Refusal } from '../../refusal.ts'
import { callerOf } from '../../tokens/guard.ts'
import { basePathOf } from '../../tokens/identity.ts'
import { listTokens } from '../../tokens/list.ts'
import { describeListed, TokenPage, TokenPosition } from '../../tokens/list-schema.ts'
import { revokeAllTokens, revokeToken } from '../../tokens/revoke.ts'

const MaybeInstant = Type.Union([Type.String({ format: 'date-time' }), Type.Null()])
const User = Type.Object(
  {
    public_id: Type.String({ format: 'uuid' }),
    email: Type.String(),
    username: Type.Union([Type.String(), Type.Null()]),
    admin: Type.Boolean(),
    disabled: Type.Boolean({ description: 'Whether logins are refused now.' }),
    disabled_at: MaybeInstant,
    disabled_until: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
      description: 'The end of this. `null`: until an administrator enables the account.',
    }),
    created_at: Type.String({ format: 'date-time' }),
    last_login_at: MaybeInstant,
    email_verified: Type.Boolean(),
    factors: Type.Array(Type.Enum(['totp', 'passkey']), { description: 'The second factors in force.' }),
  },
  { description: 'An account.' },
)
const UserPage = pageOf({ items: Type.Array(User) }, 'accounts')
const sorts = ['created_at', '-created_at', 'email', '-email', 'last_login_at', '-last_login_at'] as const
const UserQuery = Type.Object({
  query: Type.Optional(
    Type.String({
      format: 'search',
      description: 'The beginning of an e-mail address, a username or an id. Case does not count.',
    }),
  ),
  sort: Type.Optional(
    Type.Unsafe<(typeof sorts)[number]>({
      type: 'string',
      enum: sorts,
      default: 'created_at',
      title: `one of ${sorts.join(', ')}`,
      description: 'With `-`: the greatest first.',
    }),
  ),
  page: pageNumber,
  per_page: pageSize,
})
const NewUser = Type.Object({
  email: Type.String({ format: 'email', examples: ['user@example.com'] }),
  username: Type.Optional(Type.String({ format: 'username', examples: ['john-doe'] })),
  password: Type.Optional(
    Type.String({
      format: 'password',
      examples: ['correct horse battery'],
      description: 'Without it, the owner is invited to set one.',
    }),
  ),
  admin: Type.Optional(Type.Boolean({ default: false })),
})
const Change = Type.Object({
  admin: Type.Optional(Type.Boolean()),
  disabled: Type.Optional(Type.Boolean({ description: '`true` also ends every token.' })),
  disabled_until: Type.Optional(
    Type.String({
      format: 'future-instant',
      examples: ['2030-01-31T12:00:00Z'],
      description: 'Logins are refused until then (ISO 8601 with a time zone), and every token ends.',
    }),
  ),
})
const Changed = Type.Object(
  { ...Revoked.properties, user: User },
  { description: 'The account, and what the fleet has confirmed if tokens had to end.' },
)
const link = Type.Optional(
  Type.String({ description: 'For the owner, if this service sends no mail. It counts once.' }),
)
const Added = Type.Object(
  { ...Success.properties, user: User, link },
  { description: 'The account.', headers: { Location: describedHeader('The path of the new account.') } },
)
const Offered = Type.Object(
  { ...Success.properties, link },
  { description: 'The message is queued, or the link.', headers: noStore },
)
const ById = Type.Object({ id: Type.String({ description: 'The `public_id` of the account.' }) })
const ByToken = Type.Object({
  ...ById.properties,
  jti: Type.String({ description: 'The `id` of the token in the list.' }),
})

/** What administrators search for, and a time in the future, in ISO 8601 with a time zone. */
export function userFormats(clock: () => number): Formats {
  return {
    search: {
      accepts: (text) => /^\P{C}{0,254}$/u.test(text),
      sentence: (field) => `${field} must be at most 254 characters, without control characters`,
    },
    instant: {
      accepts: isInstant,
      sentence: (field) => `${field} must be a time such as 2030-01-31T12:00:00Z`,
    },
    'future-instant': {
      accepts: (text) => isInstant(text) && Date.parse(text) > clock(),
      sentence: (field) => `${field} must be a time in the future, such as 2030-01-31T12:00:00Z`,
    },
  }
}

const path = '/api/v1/admin/users'
const tags = ['administration']
const needs = 'admin' as const
const bodyFailures = [400, 401, 403, 413, 415, 429, 503]

function describe({ disabled_at, disabled_until, created_at, last_login_at, ...user }: ListedUser) {
  const maybe = (ms: number | null) => (ms === null ? null : instant(ms))
  return {
    ...user,
    disabled_at: maybe(disabled_at),
    disabled_until: maybe(disabled_until),
    created_at: instant(created_at),
    last_login_at: maybe(last_login_at),
  }
}

/** What administrators do with accounts. */
export const userRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  const base = basePathOf(ports.settings) + path
  await app.register(oneUserRoutes, { ports })
  await app.register(userTokenRoutes, { ports })
  await app.register(rescueRoutes, { ports })
  app.get(
    '/admin/users',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'listUsers',
        summary: 'List accounts',
        querystring: UserQuery,
        response: { 200: UserPage, ...failures(400, 401, 403, 429, 503) },
      },
      serializerCompiler: inGivenOrder,
    },
    async (request, reply) => {
      const { query: text = '', sort = 'created_at', page = 1, per_page = 10 } = request.query
      const search = {
        prefix: text.trim().toLowerCase(),
        sort: sort.replace(/^-/, '') as 'created_at' | 'email' | 'last_login_at',
        descending: sort.startsWith('-'),
      }
      const query = { page, per_page, ...(text !== '' && { query: text }), ...(sort !== 'created_at' && { sort }) }
      const { items, total } = await listUsers(ports, search, query)
      return { ...sendPosition(reply, base, query, total), items: items.map(describe) }
    },
  )
  app.post(
    '/admin/users',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'addUser',
        summary: 'Add an account',
        body: NewUser,
        response: { 201: Added, ...failures(409, ...bodyFailures) },
      },
    },
    async (request, reply) => {
      const { admin = false, password, ...input } = request.body
      const own = forRequest(ports, request)
      const { id, ...handed } =
        password === undefined
          ? await inviteUser(own, input, admin)
          : { id: await addUser(own, { ...input, password }, admin) }
      const user = describe(await getUser(ports, id))
      return reply
        .code(201)
        .header('location', `${base}/${id}`)
        .send(success('the account has been created', { user, ...handed }))
    },
  )
}

const oneUserRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.get(
    '/admin/users/:id',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'getAnyUser',
        summary: 'Get an account',
        params: ById,
        response: { 200: User, ...failures(401, 403, 404, 429, 503) },
      },
    },
    async (request) => describe(await getUser(ports, request.params.id)),
  )
  app.patch(
    '/admin/users/:id',
    {
      config: { needs, revokes: true },
      schema: {
        tags,
        operationId: 'changeAnyUser',
        summary: 'Give or take rights, disable or enable',
        params: ById,
        body: Change,
        response: { 200: Changed, ...failures(404, 409, ...bodyFailures) },
      },
    },
    async (request) => {
      const { id } = request.params
      const ended = await changeUser(forRequest(ports, request), id, readChange(request.body))
      const user = describe(await getUser(ports, id))
      return { ...revoked('the account has been changed', ended ?? {}), user }
    },
  )
  app.delete(
    '/admin/users/:id',
    {
      config: { needs, revokes: true },
      schema: {
        tags,
        operationId: 'deleteAnyUser',
        summary: 'Delete an account for ever',
        params: ById,
        response: { 200: Revoked, ...failures(404, 409, ...bodyFailures) },
      },
    },
    async (request) => {
      const { public_id } = await getUser(ports, request.params.id)
      return revoked('the account has been deleted', await deleteUser(forRequest(ports, request), public_id))
    },
  )
}

/** @throws Refusal input_invalid for a time beside `disabled: false` */
function readChange({ admin, disabled, disabled_until }: Static<typeof Change>) {
  if (disabled === false && disabled_until !== undefined) {
    const errors = { disabled_until: 'disabled_until needs disabled: true' }
    throw new Refusal('input_invalid', { errors })
  }
  return {
    ...(admin !== undefined && { admin }),
    ...(disabled !== undefined && { disabled }),
    ...(disabled_until !== undefined && { disabled: true, disabled_until: Date.parse(disabled_until) }),
  }
}

/** What administrators do for people who cannot log in. */
const rescueRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.post(
    '/admin/users/:id/password-reset',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'offerPasswordReset',
        summary: 'Send a person a link that sets a new password',
        description: 'If this service sends no mail, the answer has the link.',
        params: ById,
        response: { 200: Offered, ...failures(404, ...bodyFailures) },
      },
    },
    async (request, reply) => {
      const handed = await offerReset(forRequest(ports, request), request.params.id)
      const message =
        handed.link === undefined ? 'a message is on its way' : 'give the link to the owner of the account'
      return withoutCache(reply).send(success(message, handed))
    },
  )
  app.delete(
    '/admin/users/:id/factors',
    {
      config: { needs, revokes: true },
      schema: {
        tags,
        operationId: 'resetFactorsOfUser',
        summary: 'Remove all second factors of a person who has lost them, and revoke all tokens',
        params: ById,
        response: { 200: Revoked, ...failures(404, ...bodyFailures) },
      },
    },
    async (request) => {
      const { public_id } = await getUser(ports, request.params.id)
      return revoked('the second factors have been removed', await resetFactors(forRequest(ports, request), public_id))
    },
  )
}

const userTokenRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  const base = basePathOf(ports.settings) + path
  const ended = (message: string, { effective }: Pick<Ended, 'effective'>) =>
    revoked(message, { ...(effective && { effective }) })
  app.get(
    '/admin/users/:id/tokens',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'listTokensOfUser',
        summary: 'Where is this account logged in',
        params: ById,
        querystring: TokenPosition,
        response: { 200: TokenPage, ...failures(400, 401, 403, 404, 429, 503) },
      },
      serializerCompiler: inGivenOrder,
    },
    async (request, reply) => {
      const { public_id: ownerId } = await getUser(ports, request.params.id)
      const { page = 1, per_page = 100 } = request.query
      const query = { page, per_page }
      const { items, total } = await listTokens(ports, { ownerId }, query)
      const tokens = items.map((token) => describeListed(token, callerOf(request).jti))
      return { tokens, ...sendPosition(reply, `${base}/${ownerId}/tokens`, query, total) }
    },
  )
  app.delete(
    '/admin/users/:id/tokens',
    {
      config: { needs, revokes: true },
      schema: {
        tags,
        operationId: 'revokeAllTokensOfUser',
        summary: 'Revoke all tokens of an account',
        params: ById,
        response: { 200: Revoked, ...failures(404, ...bodyFailures) },
      },
    },
    async (request) => {
      const { public_id } = await getUser(ports, request.params.id)
      const receipt = await revokeAllTokens(forRequest(ports, request), public_id, 'all revoked by an administrator')
      return ended('every token of the account has been deleted', receipt)
    },
  )
  app.delete(
    '/admin/users/:id/tokens/:jti',
    {
      config: { needs, revokes: true },
      schema: {
        tags,
        operationId: 'revokeTokenOfUser',
        summary: 'Revoke one token of an account',
        params: ByToken,
        response: { 200: Revoked, ...failures(404, ...bodyFailures) },
      },
    },
    async (request) => {
      const { id, jti } = request.params
      const token = { jti, user_id: (await getUser(ports, id)).public_id }
      return ended(
        'the token has been deleted',
        await revokeToken(forRequest(ports, request), token, 'revoked by an administrator'),
      )
    },
  )
}
