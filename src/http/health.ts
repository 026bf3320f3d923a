import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { Type } from 'typebox'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { metricsReader } from './cluster-metrics.ts'
import { failures, Success, success } from './envelope.ts'

/** Whoever probes waits no longer than this (Kubernetes: 1 s), while a database that is cut off keeps a query for 10 s. */
const patience_ms = 900

const tags = ['operation']
const alive = { tags, summary: 'Is the process alive' }
const ready = { tags, summary: 'Is it able to answer for tokens' }
const figures = { tags, summary: 'Figures for Prometheus' }
const Yes = { ...Success, description: 'It is.' }
const Figures = {
  description: 'The text format of Prometheus.',
  content: { 'text/plain': { schema: Type.String() } },
}

/** Outside the API: is the process alive, can it answer for tokens, and its figures for Prometheus. */
export function healthRoutes(app: FastifyInstance, ports: Ports, registry: Registry): void {
  app.get('/healthz', { schema: { ...alive, response: { 200: Yes, ...failures() } } }, async () => success('alive'))
  app.get('/readyz', { schema: { ...ready, response: { 200: Yes, ...failures(503) } } }, async () => {
    if (!ports.revocation.isReady()) throw new Refusal('token_status_unknown')
    await Promise.race([
      ports.store.selectFrom('signing_key').select('kid').limit(1).execute(),
      sleep(patience_ms).then(() => {
        throw new Refusal('token_status_unknown')
      }),
    ])
    return success('ready')
  })
  const read = metricsReader(registry)
  app.get(
    '/metrics',
    { schema: { ...figures, response: { 200: Figures, ...failures(503) } } },
    async (_request, reply) => reply.type(registry.contentType).send(await read()),
  )
}
