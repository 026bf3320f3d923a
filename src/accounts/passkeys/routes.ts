import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import {
  addPasskey,
  checkNewPasskey,
  listPasskeys,
  offerPasskey,
  removePasskey,
  type ShownPasskey,
} from '../../credentials/passkeys/change.ts'
import { clientOf } from '../../http/client.ts'
import { refuseCrossSite } from '../../http/cross-site.ts'
import { describeFailure, failures, instant, noStore, Success, success, withoutCache } from '../../http/envelope.ts'
import { forRequest } from '../../http/for-request.ts'
import type { Ports } from '../../ports.ts'
import { Refusal } from '../../refusal.ts'
import { isUuid } from '../../tokens/claims.ts'
import { callerOf } from '../../tokens/guard.ts'
import { describeUser } from '../describe-user.ts'
import { checkFirstAnswer, requireFresh } from '../fresh.ts'
import { Fresh, LoginOnly, NewCredential, OwnMismatch, UsedCredential } from '../fresh-body.ts'
import { logInWithPasskey, offerPasskeyLogin } from '../passkey-login.ts'
import { ForeignPage, TokenAnswer, tokenAnswer } from '../token-answer.ts'

const tags = ['second factors']

const ticket = Type.Optional(
  Type.String({
    minLength: 1,
    description: 'From the first step, `POST /auth/login`. Without it: a login by the passkey alone.',
  }),
)
const Options = (of: string) =>
  Type.Object(
    { ...Success.properties, options: Type.Record(Type.String(), Type.Unknown(), { description: of }) },
    { description: 'The options for the browser.', headers: noStore },
  )
const Passkey = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  created_at: Type.String({ format: 'date-time' }),
  last_used_at: Type.Unsafe<string | null>({ type: ['string', 'null'], format: 'date-time' }),
}
const Unavailable = describeFailure('`PUBLIC_URL` has no `https` or no host name, so browsers offer no passkeys.')

/** Logins with a passkey. These routes need no token. */
export const passkeyLoginRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  refuseCrossSite(app, ports.settings.CORS_ORIGINS)
  const refusals = {
    ...failures(400, 413, 415, 429, 503),
    401: describeFailure('The ticket or the passkey does not count. The message says which. No `WWW-Authenticate`.'),
    403: ForeignPage,
    409: Unavailable,
  }
  app.post(
    '/auth/login/passkey/options',
    {
      schema: {
        tags,
        operationId: 'offerPasskeyLogin',
        summary: 'Options for a login with a passkey, alone or as the second step',
        body: Type.Object({ ticket }),
        response: { 200: Options('For `PublicKeyCredential.parseRequestOptionsFromJSON`.'), ...refusals },
      },
    },
    async (request, reply) => {
      const options = await offerPasskeyLogin(forRequest(ports, request), request.body.ticket, clientOf(request))
      return withoutCache(reply).send(success('ask the authenticator', { options: { ...options } }))
    },
  )
  app.post(
    '/auth/login/passkey',
    {
      schema: {
        tags,
        operationId: 'logInWithPasskey',
        summary: 'Log in with a passkey, alone or as the second step',
        body: Type.Object({ ticket, credential: UsedCredential }),
        response: { 200: TokenAnswer, ...refusals },
      },
    },
    async (request, reply) => {
      const issued = await logInWithPasskey(forRequest(ports, request), request.body, clientOf(request))
      return withoutCache(reply).send(tokenAnswer('successfully logged in', issued))
    },
  )
}

const refusals = { ...failures(400, 413, 415, 429, 503), 401: OwnMismatch, 403: LoginOnly }

/** The passkeys of the caller. */
export const passkeyRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  await app.register(newPasskeyRoutes, { ports })
  app.get(
    '/auth/passkeys',
    {
      config: { needs: 'account:read' },
      schema: {
        tags,
        operationId: 'listPasskeys',
        summary: 'List your passkeys, oldest first',
        response: {
          200: Type.Object({ passkeys: Type.Array(Type.Object(Passkey)) }, { description: 'Your passkeys.' }),
          ...failures(401, 429, 503),
          403: LoginOnly,
        },
      },
    },
    async (request) => {
      const { sub, client_id } = callerOf(request)
      if (client_id === sub) throw new Refusal('not_a_user')
      return { passkeys: (await listPasskeys(ports, sub)).map(shown) }
    },
  )
  app.delete(
    '/auth/passkeys/:id',
    {
      config: { needs: 'login' },
      schema: {
        tags,
        operationId: 'removePasskey',
        summary: 'Remove a passkey',
        params: Type.Object({ id: Type.String() }),
        body: Fresh,
        response: {
          200: Success,
          ...refusals,
          404: describeFailure('You have no such passkey.'),
          409: describeFailure('The last factor, where `ADMIN_FACTOR` or `USER_FACTOR` requires one.'),
        },
      },
    },
    async (request) => {
      const own = forRequest(ports, request)
      const { id } = request.params
      if (!isUuid(id)) throw new Refusal('factor_not_found')
      await removePasskey(own, await requireFresh(own, callerOf(request), request.body, clientOf(request)), id)
      return success('the passkey is removed')
    },
  )
}

const newPasskeyRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.post(
    '/auth/passkeys/options',
    {
      config: { withoutFactor: true, needs: 'login' },
      schema: {
        tags,
        operationId: 'offerPasskey',
        summary: 'Options for a new passkey',
        body: Fresh,
        response: {
          200: Options('For `PublicKeyCredential.parseCreationOptionsFromJSON`.'),
          ...refusals,
          409: Unavailable,
        },
      },
    },
    async (request, reply) => {
      const own = forRequest(ports, request)
      const caller = await requireFresh(own, callerOf(request), request.body, clientOf(request))
      const { email } = await describeUser(own, caller.id)
      const options = await offerPasskey(own, caller, email)
      return withoutCache(reply).send(success('ask the authenticator', { options: { ...options } }))
    },
  )
  app.post(
    '/auth/passkeys',
    {
      config: { withoutFactor: true, needs: 'login' },
      schema: {
        tags,
        operationId: 'addPasskey',
        summary: 'Add a passkey',
        body: Type.Object({
          name: Type.String({ format: 'passkey-name', examples: ['Phone'] }),
          credential: NewCredential,
        }),
        response: {
          201: Type.Object({ ...Success.properties, ...Passkey }, { description: 'The passkey is in force.' }),
          ...refusals,
          409: describeFailure('The passkey is in use already, or passkeys are unavailable.'),
        },
      },
    },
    async (request, reply) => {
      const own = forRequest(ports, request)
      const { name, credential } = request.body
      const check = async (id: string) => (await checkNewPasskey(own, id, credential)) ?? 'passkey_mismatch'
      const { changer, found } = await checkFirstAnswer(own, callerOf(request), clientOf(request), check)
      const passkey = await addPasskey(own, changer, found, name)
      return reply.code(201).send(success('the passkey is in force', shown(passkey)))
    },
  )
}

function shown({ id, name, created_at, last_used_at }: ShownPasskey) {
  return {
    id,
    name,
    created_at: instant(created_at),
    last_used_at: last_used_at === null ? null : instant(last_used_at),
  }
}
