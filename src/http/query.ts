import type { FastifyInstance, preValidationHookHandler } from 'fastify'
import { readPlainValues, type TypedFields } from './plain-values.ts'

/** Reads query parameters whose schema is an integer or a boolean. */
export function readQueries(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const schema = route.schema?.querystring as { properties: TypedFields } | undefined
    if (schema === undefined) return
    const read: preValidationHookHandler = (request, _reply, done) => {
      readPlainValues(request.query as Record<string, unknown>, schema.properties)
      done()
    }
    route.preValidation = [read, route.preValidation ?? []].flat()
  })
}
