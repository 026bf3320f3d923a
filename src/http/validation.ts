import type { Ajv } from 'ajv'
import type { FastifyInstance, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import type { Formats } from '../format.ts'
import { Refusal } from '../refusal.ts'

/** Returns the options of Fastify's validator: all errors, no coercion, and the formats of the rooms. */
export function createValidation(formats: Formats) {
  return {
    ajv: {
      customOptions: {
        allErrors: true,
        coerceTypes: false as const,
        removeAdditional: false as const,
        verbose: true,
        // TypeBox's types ensure that a schema is valid. A check at each start would take a twentieth of the start.
        validateSchema: false,
      },
      onCreate(ajv: Ajv) {
        for (const [name, { accepts }] of Object.entries(formats)) ajv.addFormat(name, accepts)
      },
    },
    schemaErrorFormatter: (errors: FastifySchemaValidationError[]) =>
      new Refusal('input_invalid', { errors: sentencesByField(errors, formats) }),
  }
}

/** Validates path and body together, so that one answer names all invalid fields. Fastify stops at the first part. */
export function validateTogether(
  app: FastifyInstance,
  refusalOf: (errors: FastifySchemaValidationError[]) => Refusal,
): void {
  const validate = async (request: FastifyRequest) => {
    const errors = (['params', 'body'] as const).flatMap((part) => {
      const validator = request.getValidationFunction(part)
      if (validator === undefined || validator(request[part])) return []
      return validator.errors as FastifySchemaValidationError[]
    })
    if (errors.length > 0) throw refusalOf(errors)
  }
  app.addHook('onRoute', (route) => {
    if (route.schema?.params && route.schema.body) route.preValidation = [route.preValidation ?? [], validate].flat()
  })
}

type VerboseError = FastifySchemaValidationError & {
  parentSchema?: { format?: string; enum?: string[]; title?: string }
  data?: unknown
}

function sentencesByField(errors: VerboseError[], formats: Formats): Record<string, string> {
  const sentences: Record<string, string> = {}
  const add = (error: VerboseError) => {
    const field = fieldOf(error)
    sentences[field] ??= sentenceOf(error, field, formats)
  }
  const alternatives = errors.filter(({ schemaPath }) => /\/anyOf\/\d/.test(schemaPath))
  for (const error of errors) if (error.keyword !== 'anyOf' && !alternatives.includes(error)) add(error)
  // If one of several fields is required, the sentence names the first one, or the one that is there and wrong.
  if (alternatives.some((error) => Object.hasOwn(sentences, fieldOf(error)))) return sentences
  for (const error of alternatives) if (/\/anyOf\/0/.test(error.schemaPath)) add(error)
  return sentences
}

function fieldOf({ keyword, params, instancePath }: VerboseError): string {
  // A field inside a field counts as the outer one.
  if (keyword === 'required' && instancePath === '') return String(params.missingProperty)
  return instancePath.split('/')[1] ?? 'body'
}

function sentenceOf(error: VerboseError, field: string, formats: Formats): string {
  if (error.keyword === 'required' && error.instancePath === '') return `${field} is required`
  const format = formats[error.parentSchema?.format ?? '']
  if (format !== undefined) return format.sentence(field, error.data)
  if (error.keyword === 'minLength' && error.params.limit === 1) return `${field} must not be empty`
  const { enum: values, title } = error.parentSchema ?? {}
  if (values !== undefined) return `${field} must be one of ${values.join(', ')}`
  if (title !== undefined) return `${field} must be ${title}`
  return `${field} ${error.message}`
}
