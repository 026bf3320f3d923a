import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { Registry } from 'prom-client'
import { Type } from 'typebox'
import { Refusal } from '../refusal.ts'
import { metricsReader } from './cluster-metrics.ts'
import { failures, Success, success } from './envelope.ts'

/** Timeout of a probe (Kubernetes: 1 s). A query to an unreachable database may take 10 s. */
const timeout_ms = 900

const tags = ['operation']
const alive = { tags, operationId: 'getLiveness', summary: 'Liveness probe' }
const ready = {
  tags,
  operationId: 'getReadiness',
  summary: 'Readiness probe: whether the process can check tokens and use the database',
}
const metrics = { tags, operationId: 'getMetrics', summary: 'Metrics for Prometheus' }
const Yes = { ...Success, description: 'Yes.' }
const Metrics = {
  description: 'The text format of Prometheus.',
  content: { 'text/plain': { schema: Type.String() } },
}

/** Whether the process can check tokens. */
export interface Readiness {
  /** Asks no database. */
  isReady: () => boolean
  /** Resolves if the database can be used. */
  ping: () => Promise<unknown>
}

/**
 * Adds the routes outside `/api/v1`: liveness, readiness, and metrics for Prometheus.
 * @returns reads the metrics of this process, or of all workers
 */
export function healthRoutes(
  app: FastifyInstance,
  { isReady, ping }: Readiness,
  registry: Registry,
): () => Promise<string> {
  app.get('/healthz', { schema: { ...alive, response: { 200: Yes, ...failures() } } }, async () => success('alive'))
  app.get('/readyz', { schema: { ...ready, response: { 200: Yes, ...failures(503) } } }, async () => {
    if (!isReady()) throw new Refusal('token_status_unknown')
    await Promise.race([
      ping(),
      sleep(timeout_ms).then(() => {
        throw new Refusal('token_status_unknown')
      }),
    ])
    return success('ready')
  })
  const read = metricsReader(registry)
  app.get(
    '/metrics',
    { schema: { ...metrics, response: { 200: Metrics, ...failures(503) } } },
    async (_request, reply) => reply.type(registry.contentType).send(await read()),
  )
  return read
}
