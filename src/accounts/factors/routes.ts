import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { checkFirstCode, confirmTotp, removeTotp, renewRecoveryCodes, startTotp } from '../../credentials/enrol-totp.ts'
import { clientOf } from '../../http/client.ts'
import { refuseCrossSite } from '../../http/cross-site.ts'
import { describeFailure, failures, noStore, Success, success, withoutCache } from '../../http/envelope.ts'
import { forRequest } from '../../http/for-request.ts'
import type { Ports } from '../../ports.ts'
import { callerOf } from '../../tokens/guard.ts'
import { describeUser } from '../describe-user.ts'
import { checkFirstAnswer, requireFresh } from '../fresh.ts'
import { Fresh, LoginOnly, OwnMismatch } from '../fresh-body.ts'
import { finishWithRecoveryCode, finishWithTotp } from '../second-step.ts'
import { ForeignPage, TokenAnswer, tokenAnswer } from '../token-answer.ts'

const tags = ['second factors']

const ticket = Type.String({ minLength: 1, description: 'From the first step, `POST /auth/login`.' })
const totpCode = Type.String({ minLength: 1, examples: ['123456'], description: 'Of the authenticator app.' })
const recoveryCode = Type.String({ minLength: 1, examples: ['7h2k-m0qd-x9fz-3c8r-vw5t-e1bn'] })

const Enrolment = Type.Object(
  {
    ...Success.properties,
    secret: Type.String({ description: 'Base32, to be typed into the app.' }),
    otpauth_url: Type.String(),
    qr_svg: Type.String({ description: 'The URL as a QR code: an SVG without script and style.' }),
  },
  { description: 'A secret that is not in force yet.', headers: noStore },
)
const Codes = Type.Object(
  { ...Success.properties, recovery_codes: Type.Array(Type.String()) },
  { description: 'Ten recovery codes, shown once. The old ones are void.', headers: noStore },
)
const WrongStep = describeFailure(
  'The ticket or the code does not count. The message says which. No `WWW-Authenticate`.',
)
const LastFactor = describeFailure('The last factor, where `ADMIN_FACTOR` or `USER_FACTOR` requires one.')

/** The second step of a login. These routes need no token. */
export const secondStepRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  refuseCrossSite(app, ports.settings.CORS_ORIGINS)
  const response = { 200: TokenAnswer, ...failures(400, 413, 415, 429, 503), 401: WrongStep, 403: ForeignPage }
  app.post(
    '/auth/login/totp',
    {
      schema: {
        tags,
        operationId: 'logInWithTotp',
        summary: 'Finish a login with a code of the authenticator app',
        body: Type.Object({ ticket, code: totpCode }),
        response,
      },
    },
    async (request, reply) => {
      const issued = await finishWithTotp(forRequest(ports, request), request.body, clientOf(request))
      return withoutCache(reply).send(tokenAnswer('successfully logged in', issued))
    },
  )
  app.post(
    '/auth/login/recovery-code',
    {
      schema: {
        tags,
        operationId: 'logInWithRecoveryCode',
        summary: 'Finish a login with a recovery code, which is then used up',
        body: Type.Object({ ticket, code: recoveryCode }),
        response,
      },
    },
    async (request, reply) => {
      const issued = await finishWithRecoveryCode(forRequest(ports, request), request.body, clientOf(request))
      return withoutCache(reply).send(tokenAnswer('successfully logged in', issued))
    },
  )
}

/** The factors of the caller. */
export const factorRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  await app.register(totpRoutes, { ports })
  app.post(
    '/auth/recovery-codes',
    {
      config: { needs: 'login' },
      schema: {
        tags,
        operationId: 'renewRecoveryCodes',
        summary: 'Make ten new recovery codes: the old ones are void',
        body: Fresh,
        response: {
          200: Codes,
          ...failures(400, 413, 415, 429, 503),
          401: OwnMismatch,
          403: LoginOnly,
          409: describeFailure('No second factor is in force.'),
        },
      },
    },
    async (request, reply) => {
      const own = forRequest(ports, request)
      const caller = await requireFresh(own, callerOf(request), request.body, clientOf(request))
      const recovery_codes = await renewRecoveryCodes(own, caller, caller.account.factors)
      return withoutCache(reply).send(success('new recovery codes', { recovery_codes }))
    },
  )
}

const totpRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  const refusals = { ...failures(400, 413, 415, 429, 503), 401: OwnMismatch, 403: LoginOnly }
  app.post(
    '/auth/totp',
    {
      config: { withoutFactor: true, needs: 'login' },
      schema: {
        tags,
        operationId: 'startTotp',
        summary: 'Add an authenticator app (RFC 6238): its secret',
        body: Fresh,
        response: { 201: Enrolment, ...refusals },
      },
    },
    async (request, reply) => {
      const own = forRequest(ports, request)
      const caller = await requireFresh(own, callerOf(request), request.body, clientOf(request))
      const { email } = await describeUser(own, caller.id)
      const enrolment = await startTotp(own, caller, email)
      return withoutCache(reply).code(201).send(success('confirm a code of the authenticator app', enrolment))
    },
  )
  app.post(
    '/auth/totp/confirm',
    {
      config: { withoutFactor: true, needs: 'login' },
      schema: {
        tags,
        operationId: 'confirmTotp',
        summary: 'Put the authenticator app in force with its first code',
        body: Type.Object({ code: totpCode }),
        response: { 200: Codes, ...refusals },
      },
    },
    async (request, reply) => {
      const own = forRequest(ports, request)
      const check = async (id: string) => (await checkFirstCode(own, id, request.body.code)) ?? 'factor_mismatch'
      const { changer, found } = await checkFirstAnswer(own, callerOf(request), clientOf(request), check)
      const recovery_codes = await confirmTotp(own, changer, found)
      return withoutCache(reply).send(success('the authenticator app is in force', { recovery_codes }))
    },
  )
  app.delete(
    '/auth/totp',
    {
      config: { needs: 'login' },
      schema: {
        tags,
        operationId: 'removeTotp',
        summary: 'Remove the authenticator app',
        body: Fresh,
        response: {
          200: Success,
          ...refusals,
          404: describeFailure('There is no authenticator app.'),
          409: LastFactor,
        },
      },
    },
    async (request) => {
      const own = forRequest(ports, request)
      await removeTotp(own, await requireFresh(own, callerOf(request), request.body, clientOf(request)))
      return success('the authenticator app is removed')
    },
  )
}
