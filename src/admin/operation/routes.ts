import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { failures, instant, noStore, Revoked, revoked, Success, success, withoutCache } from '../../http/envelope.ts'
import { forRequest } from '../../http/for-request.ts'
import { listKeys } from '../../keys/list.ts'
import type { Ports } from '../../ports.ts'
import { Refusal } from '../../refusal.ts'
import { addService } from '../../services/add.ts'
import { listServices } from '../../services/list.ts'
import { removeService } from '../../services/remove.ts'
import { revoke, rotate } from './keys.ts'

const Instant = Type.String({ format: 'date-time' })
const MaybeInstant = Type.Union([Instant, Type.Null()])
const Fleet = Type.Object(
  {
    nodes: Type.Array(
      Type.Object({
        id: Type.String({ format: 'uuid' }),
        name: Type.String(),
        version: Type.String(),
        protocol: Type.Integer(),
        lease_ms: Type.Integer(),
        renewed_ms_ago: Type.Integer(),
        lease_left_ms: Type.Integer({ description: 'An upper bound. 0: the lease is over.' }),
        lag: Type.Integer({ description: 'Entries of the log that the node does not show yet.' }),
        verifiers: Type.Integer(),
        joined_at: Instant,
      }),
    ),
  },
  { description: 'The nodes that share the database. With SQLite there is no fleet, and the list is empty.' },
)
const Key = Type.Object({
  kid: Type.String(),
  alg: Type.String(),
  created_at: Instant,
  retired_at: MaybeInstant,
  current: Type.Boolean(),
  next: Type.Boolean(),
  signs_from: MaybeInstant,
  from_file: Type.Boolean(),
})
const Keys = Type.Object({ keys: Type.Array(Key) }, { description: 'The signing keys, without key material.' })
const Rotated = Type.Object(
  { ...Success.properties, kid: Type.String(), alg: Type.String(), signs_from: MaybeInstant },
  { description: 'The key that signs from `signs_from` on. `null`: the key signs now.' },
)
const ByKid = Type.Object({ kid: Type.String() })
const mayRevoke = Type.Array(Type.Literal('revoke-users'), { title: 'a list that may have revoke-users' })
const Service = Type.Object({
  client_id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  may: mayRevoke,
  previous_secret_until: MaybeInstant,
  created_at: Instant,
})
const Services = Type.Object({ services: Type.Array(Service) }, { description: 'The services.' })
const NewService = Type.Object({
  name: Type.String({ format: 'service-name', examples: ['shop'] }),
  may: Type.Optional(mayRevoke),
})
const AddedService = Type.Object(
  {
    ...Success.properties,
    client_id: Type.String({ format: 'uuid' }),
    client_secret: Type.String(),
    name: Type.String(),
  },
  { description: 'The credentials, shown once.', headers: noStore },
)
const ById = Type.Object({ id: Type.String({ description: 'The `client_id` of the service.' }) })

const tags = ['administration']
const needs = 'admin' as const
const bodyFailures = [400, 401, 403, 413, 415, 429, 503]
const maybe = (ms: number | null) => (ms === null ? null : instant(ms))

/** What administrators do with the fleet, the signing keys and the services. */
export const operationRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  await app.register(keyRoutes, { ports })
  await app.register(serviceRoutes, { ports })
  app.get(
    '/admin/fleet',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'listNodes',
        summary: 'List the nodes of the fleet',
        response: { 200: Fleet, ...failures(401, 403, 429, 503) },
      },
    },
    async () => {
      const nodes = (await ports.revocation.nodes?.()) ?? []
      return {
        nodes: nodes.map(({ joined_at, ...node }) => ({
          ...node,
          lease_left_ms: Math.max(0, node.lease_ms - node.renewed_ms_ago),
          joined_at: instant(joined_at),
        })),
      }
    },
  )
}

const keyRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.get(
    '/admin/keys',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'listKeys',
        summary: 'List the signing keys',
        response: { 200: Keys, ...failures(401, 403, 429, 503) },
      },
    },
    async () => ({
      keys: (await listKeys(ports.store)).map(({ created_at, retired_at, signs_from, ...key }) => ({
        ...key,
        created_at: instant(created_at),
        retired_at: maybe(retired_at),
        signs_from: maybe(signs_from),
      })),
    }),
  )
  app.post(
    '/admin/keys/rotate',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'rotateKeys',
        summary: 'Sign with the next key',
        description: 'Previous keys remain valid until their last token expires.',
        response: { 200: Rotated, ...failures(409, ...bodyFailures) },
      },
    },
    async (request) => {
      const { kid, alg, signs_from } = await rotate(forRequest(ports, request))
      return success('the signing key has been rotated', { kid, alg, signs_from: maybe(signs_from) })
    },
  )
  app.post(
    '/admin/keys/:kid/revoke',
    {
      config: { needs, revokes: true },
      schema: {
        tags,
        operationId: 'revokeKey',
        summary: 'Revoke a stolen key, and every token that the key has signed',
        params: ByKid,
        response: { 200: Revoked, ...failures(404, ...bodyFailures) },
      },
    },
    async (request) =>
      revoked('the signing key has been revoked', await revoke(forRequest(ports, request), request.params.kid)),
  )
}

const serviceRoutes: FastifyPluginAsyncTypebox<{ ports: Ports }> = async (app, { ports }) => {
  app.get(
    '/admin/services',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'listServices',
        summary: 'List the services',
        response: { 200: Services, ...failures(401, 403, 429, 503) },
      },
    },
    async () => ({
      services: (await listServices(ports.store)).map(({ previous_secret_until, created_at, ...service }) => ({
        ...service,
        previous_secret_until: maybe(previous_secret_until),
        created_at: instant(created_at),
      })),
    }),
  )
  app.post(
    '/admin/services',
    {
      config: { needs },
      schema: {
        tags,
        operationId: 'addService',
        summary: 'Register a service',
        body: NewService,
        response: { 201: AddedService, ...failures(409, ...bodyFailures) },
      },
    },
    async (request, reply) => {
      const { name, may = [] } = request.body
      const added = await addService(forRequest(ports, request), { name, may_revoke_users: may.length > 0 })
      if (added === undefined) throw new Refusal('service_taken', { subject: name })
      forRequest(ports, request).log.info({ service: added.client_id, name }, 'service added')
      return withoutCache(reply)
        .code(201)
        .send(success('the service has been registered', { ...added, name }))
    },
  )
  app.delete(
    '/admin/services/:id',
    {
      config: { needs, revokes: true },
      schema: {
        tags,
        operationId: 'removeService',
        summary: 'Remove a service, and revoke every token of the service',
        params: ById,
        response: { 200: Revoked, ...failures(404, ...bodyFailures) },
      },
    },
    async (request) => {
      const removed = await removeService(forRequest(ports, request), request.params.id)
      if (removed === undefined) throw new Refusal('service_not_found')
      return revoked('the service has been removed', removed)
    },
  )
}
