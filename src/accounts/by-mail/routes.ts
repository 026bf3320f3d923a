import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { clientOf } from '../../http/client.ts'
import { refuseCrossSite } from '../../http/cross-site.ts'
import { describeFailure, failures, Revoked, revoked, Success, success } from '../../http/envelope.ts'
import { forRequest } from '../../http/for-request.ts'
import type { Ports } from '../../ports.ts'
import { callerOf } from '../../tokens/guard.ts'
import { email, newPassword } from '../fields.ts'
import { Fresh, freshness, OwnMismatch } from '../fresh-body.ts'
import { forgetPassword, resetPassword } from '../reset-password.ts'
import { changeEmail, sendVerification, verifyAddress } from '../verify-address.ts'

const token = Type.String({
  minLength: 1,
  examples: ['xn8_pQ2yAb6kR0vZ4sT9wL1mC7dF5gH3jK6eU8iO2aY'],
  description: 'The secret of the link, behind `#token=`.',
})

const Accepted = { ...Success, description: 'The message is queued, if there is one to send.' }
const BadLink = describeFailure(
  'Invalid input. `errors.token`: the link does not exist, was used or has expired, or the account has changed since.',
)
const ForeignPage = describeFailure('A page of another site sent the request.')
const NoMail = describeFailure('This service sends no mail, or a page of another site sent the request.')
const NotHere = {
  ...failures(403)[403],
  description: 'The token is a named one, or belongs to a service; or this service sends no mail.',
}

const tags = ['accounts']

/** Routes that need no token: the caller has a link, or asks for one. */
export const linkRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  refuseCrossSite(app, ports.settings.CORS_ORIGINS)
  app.post(
    '/auth/password/forgot',
    {
      schema: {
        tags,
        operationId: 'forgetPassword',
        summary: 'Ask for a message with a link that sets a new password',
        body: Type.Object({ email }),
        response: { 202: Accepted, ...failures(400, 413, 415, 429, 503), 403: NoMail },
      },
    },
    async (request, reply) => {
      await forgetPassword(forRequest(ports, request), request.body.email, clientOf(request))
      return reply.code(202).send(success('if the address has an account, a message is on its way'))
    },
  )
  app.post(
    '/auth/password/reset',
    {
      config: { revokes: true },
      schema: {
        tags,
        operationId: 'resetPassword',
        summary: 'Set a new password with the link of a message: every token of yours ends',
        body: Type.Object({ token, password: newPassword }),
        response: { 200: Revoked, ...failures(413, 415, 429, 503), 400: BadLink, 403: ForeignPage },
      },
    },
    async (request) => {
      const receipt = await resetPassword(forRequest(ports, request), request.body, clientOf(request))
      return revoked('password changed', receipt)
    },
  )
  app.post(
    '/auth/email/verify',
    {
      config: { revokes: true },
      schema: {
        tags,
        operationId: 'verifyEmail',
        summary: 'Verify an address with the link of a message',
        body: Type.Object({ token }),
        response: { 200: Success, ...failures(413, 415, 429, 503), 400: BadLink, 403: ForeignPage },
      },
    },
    async (request) => {
      await verifyAddress(forRequest(ports, request), request.body.token, clientOf(request))
      return success('address verified')
    },
  )
}

/** Routes for a user with a token. */
export const addressRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.post(
    '/auth/email',
    {
      config: { revokes: true, needs: 'login' },
      schema: {
        tags,
        operationId: 'changeEmail',
        summary: 'Change your address: a link goes to the new one, and counts when it is used',
        body: Type.Object({ email, ...Fresh.properties }, freshness),
        response: { 202: Accepted, ...failures(400, 413, 415, 429, 503), 401: OwnMismatch, 403: NotHere },
      },
    },
    async (request, reply) => {
      await changeEmail(forRequest(ports, request), callerOf(request), request.body, clientOf(request))
      return reply.code(202).send(success('a message is on its way to the new address'))
    },
  )
  app.post(
    '/auth/email/verification',
    {
      config: { needs: 'login' },
      schema: {
        tags,
        operationId: 'sendVerification',
        summary: 'Send the link that verifies your address again',
        response: { 202: Accepted, ...failures(400, 401, 413, 415, 429, 503), 403: NotHere },
      },
    },
    async (request, reply) => {
      await sendVerification(forRequest(ports, request), callerOf(request), clientOf(request))
      return reply.code(202).send(success('if the address is not verified yet, a message is on its way'))
    },
  )
}
