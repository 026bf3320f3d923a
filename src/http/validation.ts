import type { Ajv } from 'ajv'
import type { FastifyInstance, FastifyRequest, FastifySchemaValidationError } from 'fastify'
import { isEmail, isUsername } from '../accounts/names.ts'
import { maxPassword_chars, passwordLength } from '../accounts/password.ts'
import { Refusal } from '../refusal.ts'
import { isFutureDeadline } from '../widgets/deadline.ts'
import { isWidgetName, isWidgetUrl } from '../widgets/widget.ts'

/** A rule on a text that JSON Schema has no word for, with the sentence that a wrong value gets. */
interface Format {
  accepts: (value: string) => boolean
  sentence: (field: string, value: unknown) => string
}

/** The `format`s of our schemas; the command line goes by the same rules. */
export function createFormats(rules: { passwordMin: number; clock: () => number }): Record<string, Format> {
  return {
    email: {
      accepts: isEmail,
      // A list or an object is not spelled out: it may be deeper than the stack.
      sentence: (field, value) => `${typeof value === 'object' && value !== null ? field : value} is not a valid email`,
    },
    username: {
      accepts: isUsername,
      sentence: (field) => `${field} must be 1 to 39 of a-z, 0-9 and single inner hyphens`,
    },
    password: {
      accepts: (value) =>
        value.isWellFormed() &&
        passwordLength(value) >= rules.passwordMin &&
        passwordLength(value) <= maxPassword_chars,
      sentence: (field) => `${field} must be ${rules.passwordMin} to ${maxPassword_chars} characters`,
    },
    'widget-name': {
      accepts: isWidgetName,
      sentence: (field) => `${field} must be 1 to 100 of a-z, 0-9, - and _`,
    },
    'web-url': {
      accepts: isWidgetUrl,
      sentence: (field) => `${field} must be an absolute http or https URL without credentials, at most 255 characters`,
    },
    deadline: {
      accepts: (value) => isFutureDeadline(value, rules.clock()),
      sentence: (field) =>
        `${field} must be a date that is today or later, such as 2030-01-31, 01/31/2030 or Jan 31 2030`,
    },
  }
}

/** How Fastify's validator is set up: all errors at once, nothing coerced, our formats. */
export function createValidation(rules: { passwordMin: number; clock: () => number }) {
  const formats = createFormats(rules)
  return {
    ajv: {
      customOptions: {
        allErrors: true,
        coerceTypes: false as const,
        removeAdditional: false as const,
        verbose: true,
        // Whether a schema is a schema, TypeBox's types say; asking at each start costs a twentieth of it.
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

/** Where input stands in the path and in the body, one answer names what is wrong in either; Fastify stops at the first. */
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

function sentencesByField(errors: VerboseError[], formats: Record<string, Format>): Record<string, string> {
  const sentences: Record<string, string> = {}
  for (const error of errors) {
    // Where one of several fields is enough, the first one is named.
    if (error.keyword === 'anyOf' || /^#\/anyOf\/[1-9]/.test(error.schemaPath)) continue
    const field = fieldOf(error)
    sentences[field] ??= sentenceOf(error, field, formats)
  }
  return sentences
}

function fieldOf({ keyword, params, instancePath }: VerboseError): string {
  if (keyword === 'required') return String(params.missingProperty)
  return instancePath.split('/')[1] ?? 'body'
}

function sentenceOf(error: VerboseError, field: string, formats: Record<string, Format>): string {
  if (error.keyword === 'required') return `${field} is required`
  const format = formats[error.parentSchema?.format ?? '']
  if (format !== undefined) return format.sentence(field, error.data)
  const { enum: values, title } = error.parentSchema ?? {}
  if (values !== undefined) return `${field} must be one of ${values.join(', ')}`
  if (title !== undefined) return `${field} must be ${title}`
  return `${field} ${error.message}`
}
