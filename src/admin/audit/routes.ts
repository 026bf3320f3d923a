import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { actions } from '../../audit/action.ts'
import { chainFacts } from '../../audit/chain.ts'
import { listAudit } from '../../audit/list.ts'
import { failures, instant } from '../../http/envelope.ts'
import { inGivenOrder, pageNumber, pageOf, pageSize, sendPosition } from '../../http/page-schema.ts'
import type { Ports } from '../../ports.ts'
import { basePathOf } from '../../tokens/identity.ts'

const MaybeText = Type.Union([Type.String(), Type.Null()])
const Row = Type.Object({
  seq: Type.Integer(),
  at: Type.String({ format: 'date-time' }),
  action: Type.String({ examples: ['token.revoked'] }),
  actor: Type.Union([Type.String(), Type.Null()], {
    description:
      'The `public_id` of the caller, or the `client_id` of a service. `null`: the caller is not known, or a command did it.',
  }),
  subject: Type.Union([Type.String(), Type.Null()], {
    description: 'The `public_id` of the user, or the `client_id` of the service, that it happened to.',
  }),
  address: MaybeText,
  request_id: MaybeText,
  details: Type.Unsafe<Record<string, unknown>>({ type: 'object', additionalProperties: true }),
  hash: Type.String({ description: 'SHA-256 over this row and the hash of the row before, as base64url.' }),
})
const AuditPage = pageOf({ items: Type.Array(Row) }, 'rows, the newest first,')
const text = (description: string) => Type.Optional(Type.String({ format: 'search', description }))
const time = (description: string) =>
  Type.Optional(Type.String({ format: 'instant', examples: ['2030-01-31T12:00:00Z'], description }))
const AuditQuery = Type.Object({
  actor: text('The `public_id` of the caller.'),
  subject: text('The `public_id` or the `client_id` of what it happened to.'),
  action: text(`One of ${Object.keys(actions).join(', ')}.`),
  since: time('From this time on.'),
  until: time('Before this time.'),
  page: pageNumber,
  per_page: pageSize,
})

/** The audit trail, for administrators. */
export const auditRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  const path = `${basePathOf(ports.settings)}/api/v1/admin/audit`
  app.get(
    '/admin/audit',
    {
      config: { needs: 'admin' },
      schema: {
        tags: ['administration'],
        operationId: 'listAudit',
        summary: 'Read the audit trail, the newest row first',
        querystring: AuditQuery,
        response: { 200: AuditPage, ...failures(400, 401, 403, 429, 503) },
      },
      serializerCompiler: inGivenOrder,
    },
    async (request, reply) => {
      const { page = 1, per_page = 10, since, until, ...names } = request.query
      await chainFacts(ports)
      const filter = {
        ...names,
        ...(since !== undefined && { since: Date.parse(since) }),
        ...(until !== undefined && { until: Date.parse(until) }),
      }
      const query = {
        page,
        per_page,
        ...names,
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
      }
      const { items, total } = await listAudit(ports.store, filter, query)
      return {
        ...sendPosition(reply, path, query, total),
        items: items.map(({ at, details, ...row }) => ({ ...row, at: instant(at), details: JSON.parse(details) })),
      }
    },
  )
}
