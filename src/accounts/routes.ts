import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { clientOf } from '../http/client.ts'
import { refuseCrossSite } from '../http/cross-site.ts'
import {
  describeFailure,
  Failure,
  failures,
  Revoked,
  revoked,
  Success,
  success,
  withoutCache,
} from '../http/envelope.ts'
import { forRequest } from '../http/for-request.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { timeLeft } from '../tokens/claims.ts'
import { callerOf } from '../tokens/guard.ts'
import { renewToken } from '../tokens/renew.ts'
import { logOut } from '../tokens/revoke.ts'
import { describeUser } from './describe-user.ts'
import { email, newPassword, username } from './fields.ts'
import { either, Fresh, factorFields, LoginOnly, OwnMismatch, password } from './fresh-body.ts'
import { logIn } from './login.ts'
import { accountNameOf } from './names.ts'
import { changeOwnPassword, deleteOwnAccount } from './own-account.ts'
import type { Profile } from './profiles.ts'
import { register } from './register.ts'
import { ShortTokenAnswer, TokenAnswer, tokenAnswer } from './token-answer.ts'

const Registration = Type.Object({ email, username: Type.Optional(username), password: newPassword })
const eitherName = 'Both fields take an e-mail address or a username.'
const name = {
  email: Type.Optional(
    Type.String({ format: 'email-or-username', examples: ['user@example.com'], description: eitherName }),
  ),
  username: Type.Optional(Type.String({ minLength: 1, examples: ['john-doe'], description: eitherName })),
}
const Login = Type.Object({ ...name, password }, either({ email: 'string', username: 'string' }))
const ShortLogin = Type.Object({ ...name, password }, either({ username: 'string', email: 'string' }))

const User = Type.Object(
  {
    email: Type.String(),
    username: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
    email_verified: Type.Boolean({ description: 'Whether a link that was sent to `email` was used.' }),
    pending_email: Type.Unsafe<string | null>({
      type: ['string', 'null'],
      description: 'The address that replaces `email` when the link that was sent there is used.',
    }),
    public_id: Type.String({ format: 'uuid' }),
    admin: Type.Boolean(),
    registered_on: Type.String({ format: 'date-time' }),
    factors: Type.Array(Type.Enum(['totp', 'passkey']), { description: 'The second factors in force.' }),
    token_expires_in: Type.String({ examples: ['00:14:42'], description: 'Hours, minutes and seconds.' }),
  },
  { description: 'The owner of the token.' },
)

/** The answer of a first step that does not end the login, and of a refused one. */
const Mismatch = {
  description:
    '`email or password does not match`: the answer does not say which. Or `second factor required`, with a ticket for the second step. No `WWW-Authenticate`.',
  content: {
    'application/json': {
      schema: Type.Object({
        ...Failure.properties,
        ticket: Type.Optional(
          Type.String({ description: 'Proves the right password for five minutes and five tries.' }),
        ),
        factors: Type.Optional(Type.Array(Type.Enum(['totp', 'passkey']))),
      }),
    },
  },
}

const NoLogin = describeFailure(
  '`address not verified` (`EMAIL_VERIFICATION`), or a page of another site sent the request, and `CORS_ORIGINS` does not have its origin.',
)
const NoRegistration = describeFailure(
  '`registration is closed` (`REGISTRATION`), or a page of another site sent the request.',
)

const onItsWay = 'a message is on its way to the address'
const tags = ['accounts']

/** Routes that need no token. */
export const accountRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  refuseCrossSite(app, ports.settings.CORS_ORIGINS)
  const closed = ports.settings.REGISTRATION !== 'open'
  app.post(
    '/auth/register',
    {
      config: { closed },
      // Before the body is read, so that the answer is the same for every address.
      onRequest: async () => {
        if (closed) throw new Refusal('registration_closed')
      },
      schema: {
        tags,
        operationId: 'registerAccount',
        summary: 'Register an account',
        description:
          'With `REGISTRATION=closed` and `REGISTRATION=invite`, every request gets 403 `registration is closed`, and only the operator and administrators make accounts.',
        body: Registration,
        response: {
          201: TokenAnswer,
          202: {
            ...Success,
            description: 'With `EMAIL_VERIFICATION=required`, for each address: a message is on its way.',
          },
          ...failures(400, 409, 413, 415, 429, 503),
          403: NoRegistration,
        },
      },
    },
    async (request, reply) => {
      const issued = await register(forRequest(ports, request), request.body, clientOf(request))
      if (issued === undefined) return reply.code(202).send(success(onItsWay))
      return withoutCache(reply).code(201).send(tokenAnswer('successfully registered', issued))
    },
  )
  app.post(
    '/auth/login',
    {
      schema: {
        tags,
        operationId: 'logIn',
        summary: 'Log in with e-mail (or username) and password',
        body: Login,
        response: { 200: TokenAnswer, ...failures(400, 413, 415, 429, 503), 401: Mismatch, 403: NoLogin },
      },
    },
    async (request, reply) => {
      const { body } = request
      const issued = await logIn(
        forRequest(ports, request),
        accountName(body, 'email'),
        body.password,
        clientOf(request),
      )
      return withoutCache(reply).send(tokenAnswer('successfully logged in', issued))
    },
  )
  app.post(
    '/login',
    {
      schema: {
        tags,
        operationId: 'logInByUsername',
        summary: 'Log in with username (or e-mail) and password, short form',
        body: ShortLogin,
        response: { 200: ShortTokenAnswer, ...failures(400, 413, 415, 429, 503), 401: Mismatch, 403: NoLogin },
      },
    },
    async (request, reply) => {
      const { body } = request
      const issued = await logIn(
        forRequest(ports, request),
        accountName(body, 'username'),
        body.password,
        clientOf(request),
      )
      return withoutCache(reply).send({ ...tokenAnswer('successfully logged in', issued), token: issued.access_token })
    },
  )
}

/** Routes for every user with a token. */
export const callerRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  await app.register(ownAccountRoutes, { ports })
  app.get(
    '/auth/user',
    {
      config: { needs: 'account:read' },
      schema: {
        tags,
        operationId: 'getUser',
        summary: 'Who am I',
        response: { 200: User, ...failures(401, 403, 429, 503) },
      },
    },
    (request) => {
      const claims = callerOf(request)
      const answer = (profile: Profile) => ({
        ...profile,
        public_id: claims.sub,
        admin: claims.admin,
        token_expires_in: timeLeft(claims, ports.clock()),
      })
      if (claims.client_id === claims.sub) throw new Refusal('not_a_user')
      const profile = describeUser(ports, claims.sub)
      return profile instanceof Promise ? profile.then(answer) : answer(profile)
    },
  )
  app.post(
    '/auth/logout',
    {
      config: { revokes: true, withoutFactor: true },
      schema: {
        tags,
        operationId: 'logOut',
        summary: 'Log out: revoke this token',
        response: { 200: Revoked, ...failures(400, 401, 413, 415, 429, 503) },
      },
    },
    async (request) => {
      const receipt = await logOut(forRequest(ports, request), callerOf(request))
      return revoked('successfully logged out', receipt)
    },
  )
}

const ownAccountRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.post(
    '/auth/renew',
    {
      config: { revokes: true, needs: 'login' },
      schema: {
        tags,
        operationId: 'renewToken',
        summary: 'Replace this token by a new one of the same session',
        description:
          'Until `SESSION_MAX_SECONDS` after the login. This token ends. Of two simultaneous renewals one gets 401.',
        response: { 200: TokenAnswer, ...failures(400, 401, 413, 415, 429, 503), 403: LoginOnly },
      },
    },
    async (request, reply) => {
      const issued = await renewToken(forRequest(ports, request), callerOf(request), clientOf(request))
      return withoutCache(reply).send(tokenAnswer('successfully renewed', issued))
    },
  )
  app.post(
    '/auth/password',
    {
      config: { revokes: true, needs: 'login' },
      schema: {
        tags,
        operationId: 'changePassword',
        summary: 'Change your password: every token of yours ends, and you get a new one',
        body: Type.Object({ current_password: password, ...factorFields, new_password: newPassword }),
        response: { 200: TokenAnswer, ...failures(400, 413, 415, 429, 503), 401: OwnMismatch, 403: LoginOnly },
      },
    },
    async (request, reply) => {
      const { current_password: current, new_password: next, code, credential } = request.body
      const given = { current, next, code, credential }
      const issued = await changeOwnPassword(forRequest(ports, request), callerOf(request), given, clientOf(request))
      return withoutCache(reply).send(tokenAnswer('password changed', issued))
    },
  )
  app.delete(
    '/auth/user',
    {
      config: { revokes: true, needs: 'login' },
      schema: {
        tags,
        operationId: 'deleteUser',
        summary: 'Delete your account for ever',
        body: Fresh,
        response: {
          204: Type.Null({ description: 'The account and its tokens are gone.' }),
          ...failures(400, 413, 415, 429, 503),
          409: describeFailure('`the last administrator`: another account has to be an administrator first.'),
          401: OwnMismatch,
          403: LoginOnly,
        },
      },
    },
    async (request, reply) => {
      await deleteOwnAccount(forRequest(ports, request), callerOf(request), request.body, clientOf(request))
      return reply.code(204).send(null)
    },
  )
}

/** Returns the name that was given. If both were given, `first` decides. */
function accountName({ email, username }: { email?: string; username?: string }, first: 'email' | 'username') {
  const given = first === 'email' ? (email ?? username) : (username ?? email)
  return accountNameOf(given as string)
}
