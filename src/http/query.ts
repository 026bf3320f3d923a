import type { FastifyInstance, preValidationHookHandler } from 'fastify'

interface QuerySchema {
  properties: Record<string, { type?: string; enum?: readonly number[] }>
}

/**
 * Reads query parameters whose schema is an integer or a boolean. Only plain decimal digits are an integer, and only `true` and
 * `false` are a boolean. Ajv's coercion would also accept `1e1`, `+1` and an empty text.
 */
export function readQueries(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const schema = route.schema?.querystring as QuerySchema | undefined
    if (schema) route.preValidation = [readQueryOf(schema), route.preValidation ?? []].flat()
  })
}

/** A text that has not the type stays as it is, and the validation refuses it. */
function readQueryOf({ properties }: QuerySchema): preValidationHookHandler {
  const parameters = Object.entries(properties)
  return (request, _reply, done) => {
    const query = request.query as Record<string, unknown>
    for (const [name, { type, enum: values }] of parameters) {
      const text = query[name]
      if (typeof text !== 'string') continue
      if (type === 'integer') query[name] = readInteger(text, values)
      if (type === 'boolean' && (text === 'true' || text === 'false')) query[name] = text === 'true'
    }
    done()
  }
}

function readInteger(text: string, values: readonly number[] | undefined): number | string {
  // A listed value has one spelling.
  if (!/^[0-9]+$/.test(text) || (values !== undefined && text.startsWith('0'))) return text
  return Math.min(Number(text), Number.MAX_SAFE_INTEGER)
}
