import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { describedHeader, failures, instant, Success, success } from '../http/envelope.ts'
import { inGivenOrder, pageNumber, pageOf, pageSize, sendPosition } from '../http/page-schema.ts'
import type { Ports } from '../ports.ts'
import { callerOf } from '../tokens/guard.ts'
import { basePathOf } from '../tokens/identity.ts'
import { timeRemaining } from './deadline.ts'
import { getWidget, listWidgets } from './read.ts'
import type { WidgetRow } from './records.ts'
import { addWidget, putWidget, removeWidget } from './write.ts'

const name = Type.String({
  format: 'widget-name',
  examples: ['first-widget'],
  description: '1 to 100 of a-z, 0-9, - and _.',
})
const info_url = Type.String({
  format: 'web-url',
  examples: ['https://www.example.com/widget'],
  description: 'An absolute http or https URL without credentials, at most 255 characters.',
})
const deadline = Type.String({
  format: 'deadline',
  examples: ['2030-01-31'],
  description: 'A date or datetime, today or later in UTC: ISO 8601, `01/31/2030` or `Jan 31 2030`.',
})
const Instant = Type.String({ format: 'date-time' })

const Widget = Type.Object(
  {
    name: Type.String(),
    info_url: Type.String(),
    created_at: Instant,
    deadline: Instant,
    deadline_passed: Type.Boolean(),
    time_remaining: Type.String({ examples: ['2 days 3 hours 4 minutes 5 seconds', 'No time remaining'] }),
    owner: Type.Union(
      [Type.Object({ email: Type.String(), public_id: Type.String({ format: 'uuid' }) }), Type.Null()],
      {
        description: 'Null if the account has been deleted.',
      },
    ),
    link: Type.String(),
  },
  { description: 'A widget.' },
)
const WidgetPage = pageOf({ items: Type.Array(Widget) }, 'widgets')
const WidgetQuery = Type.Object({
  page: pageNumber,
  per_page: pageSize,
})
const Added = { ...Success, headers: { Location: describedHeader('The path of the new widget.') } }
const ByName = Type.Object({ name: Type.String({ description: 'Converted to lower case.' }) })

const path = '/api/v1/widgets'
const tags = ['widgets']
const bodyFailures = [400, 401, 403, 413, 415, 429, 503]

/** The path for clients, with the path of a proxy. */
const pathFor = ({ settings }: Ports) => basePathOf(settings) + path

function describe(row: WidgetRow, base: string, now: number) {
  return {
    name: row.name,
    info_url: row.info_url,
    created_at: instant(row.created_at),
    deadline: instant(row.deadline),
    deadline_passed: row.deadline <= now,
    time_remaining: timeRemaining(row.deadline, now),
    owner: row.owner_email === null ? null : { email: row.owner_email, public_id: row.owner_id },
    link: `${base}/${row.name}`,
  }
}

/** Routes for every user. */
export const widgetRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  const base = pathFor(ports)
  app.get(
    '/widgets',
    {
      config: { needs: 'widgets:read' },
      schema: {
        tags,
        operationId: 'listWidgets',
        summary: 'List widgets',
        querystring: WidgetQuery,
        response: { 200: WidgetPage, ...failures(400, 401, 403, 429, 503) },
      },
      serializerCompiler: inGivenOrder,
    },
    async (request, reply) => {
      const { page = 1, per_page = 10 } = request.query
      const { items, total } = await listWidgets(ports, { page, per_page })
      const now = ports.clock()
      return {
        ...sendPosition(reply, base, { page, per_page }, total),
        items: items.map((row) => describe(row, base, now)),
      }
    },
  )
  app.get(
    '/widgets/:name',
    {
      config: { needs: 'widgets:read' },
      schema: {
        tags,
        operationId: 'getWidget',
        summary: 'Get a widget',
        params: ByName,
        response: { 200: Widget, ...failures(401, 403, 404, 429, 503) },
      },
    },
    async (request) => describe(await getWidget(ports, request.params.name.toLowerCase()), base, ports.clock()),
  )
}

/** Routes for administrators. */
export const widgetWriteRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  const base = pathFor(ports)
  const added = (reply: { header: (name: string, value: string) => unknown }, name: string) => {
    reply.header('location', `${base}/${name}`)
    return success(`New widget added: ${name}.`)
  }
  app.post(
    '/widgets',
    {
      config: { needs: 'widgets:write' },
      schema: {
        tags,
        operationId: 'addWidget',
        summary: 'Add a widget',
        body: Type.Object({ name, info_url, deadline }),
        response: { 201: Added, ...failures(...bodyFailures, 409) },
      },
    },
    async (request, reply) => {
      await addWidget(ports, request.body, callerOf(request).sub)
      return reply.code(201).send(added(reply, request.body.name))
    },
  )
  app.put(
    '/widgets/:name',
    {
      config: { needs: 'widgets:write' },
      schema: {
        tags,
        operationId: 'putWidget',
        summary: 'Update or add a widget',
        params: Type.Object({ name }),
        body: Type.Object({ info_url, deadline }),
        response: { 200: Success, 201: Added, ...failures(...bodyFailures) },
      },
      preValidation: async (request) => {
        request.params.name = request.params.name.toLowerCase()
      },
    },
    async (request, reply) => {
      const input = { ...request.body, name: request.params.name }
      const outcome = await putWidget(ports, input, callerOf(request).sub)
      if (outcome === 'updated') return success(`'${input.name}' was successfully updated`)
      return reply.code(201).send(added(reply, input.name))
    },
  )
  app.delete(
    '/widgets/:name',
    {
      config: { needs: 'widgets:write' },
      schema: {
        tags,
        operationId: 'deleteWidget',
        summary: 'Delete a widget',
        params: ByName,
        response: { 204: Type.Null({ description: 'The widget was deleted.' }), ...failures(...bodyFailures, 404) },
      },
    },
    async (request, reply) => {
      await removeWidget(ports, request.params.name.toLowerCase())
      return reply.code(204).send(null)
    },
  )
}
