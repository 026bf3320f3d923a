import type { FastifyInstance, preValidationHookHandler } from 'fastify'

interface QuerySchema {
  properties: Record<string, { type?: string; enum?: readonly number[] }>
}

/**
 * Reads query parameters whose schema is an integer. Only plain decimal digits are an integer. Ajv's coercion would also
 * accept `1e1`, `+1` and an empty text.
 */
export function readIntegers(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const schema = route.schema?.querystring as QuerySchema | undefined
    if (schema) route.preValidation = [readIntegersOf(schema), route.preValidation ?? []].flat()
  })
}

/** A text that is no integer stays as it is, and the validation refuses it. */
function readIntegersOf({ properties }: QuerySchema): preValidationHookHandler {
  const integers = Object.entries(properties).filter(([, { type }]) => type === 'integer')
  return (request, _reply, done) => {
    const query = request.query as Record<string, unknown>
    for (const [name, { enum: values }] of integers) {
      const text = query[name]
      if (typeof text !== 'string' || !/^[0-9]+$/.test(text)) continue
      // A listed value has one spelling.
      if (values !== undefined && text.startsWith('0')) continue
      query[name] = Math.min(Number(text), Number.MAX_SAFE_INTEGER)
    }
    done()
  }
}
