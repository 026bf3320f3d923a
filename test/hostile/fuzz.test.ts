import assert from 'node:assert/strict'
import { test } from 'node:test'
import SwaggerParser from '@apidevtools/swagger-parser'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import { fullFormats } from 'ajv-formats/dist/formats.js'
import fc from 'fast-check'
import { Refusal } from '../../src/refusal.ts'
import { onEachService, type Subject } from '../contract/suite.ts'
import type { Answer, Call } from '../support/service.ts'

/** Requests for each operation on each database. */
const runs = 60

interface Schema {
  type?: string
  format?: string
  enum?: (string | number)[]
  pattern?: string
  properties?: Record<string, Schema>
  required?: string[]
  [keyword: string]: unknown
}

interface Described {
  security: object[]
  parameters?: { name: string; in: 'path' | 'query'; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

interface Operation extends Described {
  method: string
  path: string
}

/** Callers that pass the guard occur more than once, because most of the code is behind the guard. */
const callers = ['anonymous', 'forger', 'user', 'user', 'administrator', 'administrator', 'administrator'] as const

/** A placeholder for the id of a live token until the request is sent. */
const liveToken = 'live-token'

/** A generated request. Its token is added when the request is sent. */
interface Attempt {
  caller: (typeof callers)[number]
  path: string
  call: Call
}

/** Any text without lone surrogates, which cannot occur in a URL. */
const anyText = fc.string({ unit: 'binary', maxLength: 300 })

/** Generates texts. A field with this schema accepts most of them. */
function textOf({ type, format = '', enum: values, pattern }: Schema): fc.Arbitrary<string> {
  if (values !== undefined) return fc.constantFrom(...values.map(String))
  if (type === 'integer') return fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String)
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern))
  const letters = fc.stringMatching(/^[a-z0-9]{1,20}$/)
  const known: Record<string, fc.Arbitrary<string>> = {
    email: fc.oneof(fc.constantFrom('user@example.com', ' USER@example.com '), fc.emailAddress()),
    username: fc.oneof(letters, fc.stringMatching(/^[a-z0-9-]{1,40}$/)),
    password: fc.oneof(fc.constant('correct horse battery'), fc.string({ unit: 'grapheme', minLength: 8 })),
    'widget-name': fc.oneof(fc.constantFrom('first', 'second'), fc.stringMatching(/^[a-z0-9_-]{1,100}$/)),
    'web-url': fc.oneof(
      fc.webUrl({ withQueryParameters: true, withFragments: true }),
      fc.constant('http://localhost:1'),
    ),
    deadline: fc.oneof(
      fc.constantFrom('2999-12-31', '12/31/2999', 'Dec 31 2999', '2999-02-30', '2999-12-31T23:59:59+14:00'),
      fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
    ),
  }
  return known[format] ?? fc.oneof(letters, fc.constantFrom('1', '2', 'first', 'correct horse battery', 'user'))
}

const anyValue = fc.oneof(fc.jsonValue({ maxDepth: 3 }), anyText, fc.constant('x'.repeat(70_000)))

/** Generates bodies: valid by the schema, with a field changed, missing or added, or of any other form. */
function bodyOf(schema: Schema): fc.Arbitrary<Call> {
  const fields = Object.entries(schema.properties ?? {})
  const good = Object.fromEntries(fields.map(([name, each]) => [name, textOf(each)]))
  const valid = fc.record(good, { requiredKeys: schema.required ?? [] })
  const changed = fc.tuple(valid, fc.constantFrom(...fields.map(([name]) => name)), anyValue)
  const broken = changed.map(([body, name, value]) => ({ ...body, [name]: value }))
  const partial = fc.record(good, { requiredKeys: [] })
  const added = fc.tuple(valid, fc.dictionary(anyText, anyValue, { maxKeys: 3 })).map(([a, b]) => ({ ...b, ...a }))
  const object = fc.oneof({ weight: 3, arbitrary: valid }, broken, partial, added)
  return fc.oneof(
    { weight: 4, arbitrary: object.map((json) => ({ json })) },
    { weight: 2, arbitrary: valid.map((form) => ({ form })) },
    fc.oneof(fc.json(), anyText, fc.uint8Array().map(Buffer.from)).chain(rawBody),
  )
}

function rawBody(body: string | Buffer): fc.Arbitrary<Call> {
  const types = [
    'application/json',
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json;charset=x',
    '',
  ]
  return fc.constantFrom(...types).map((type) => ({ body, headers: ['Content-Type', type] }))
}

function attemptOf({ path, parameters = [], requestBody }: Operation): fc.Arbitrary<Attempt> {
  const values = parameters.map(({ name, schema }) =>
    fc.oneof({ weight: 3, arbitrary: name === 'id' ? fc.constant(liveToken) : textOf(schema) }, anyText),
  )
  const filled = fc.tuple(...values).map((texts) => fill(path, parameters, texts))
  const schema = requestBody?.content['application/json']?.schema
  const call: fc.Arbitrary<Call> = schema === undefined ? fc.constant({}) : bodyOf(schema)
  return fc.record({ caller: fc.constantFrom(...callers), path: filled, call })
}

function fill(path: string, parameters: NonNullable<Operation['parameters']>, texts: string[]): string {
  const query = new URLSearchParams()
  let filled = `/${path}`
  for (const [i, { name, in: place }] of parameters.entries()) {
    const text = texts[i] as string
    if (place === 'query') query.append(name, text)
    // An empty name, `.` or `..` would make another path.
    else filled = filled.replace(`{${name}}`, encodeURIComponent(/^\.{0,2}$/.test(text) ? 'x' : text))
  }
  return query.size > 0 ? `${filled}?${query}` : filled
}

const ajv = new Ajv2020({
  strict: false,
  allErrors: true,
  formats: { uuid: fullFormats.uuid, 'date-time': fullFormats['date-time'] },
})

/** Returns the schema with `additionalProperties: false` in each object. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([keyword, value]) => [keyword, closed(value)])
  const open = 'properties' in schema && !('additionalProperties' in schema)
  return { ...Object.fromEntries(entries), ...(open && { additionalProperties: false }) }
}

const validators = new Map<unknown, ValidateFunction>()

function validatorOf(schema: Schema): ValidateFunction {
  const known = validators.get(schema) ?? ajv.compile(closed(schema) as object)
  validators.set(schema, known)
  return known
}

const challenge =
  /^(Bearer realm="(registered|admin)_users@mydomain\.com"(, error="invalid_token", error_description="[^"]+")?|Basic realm="services@mydomain\.com")$/

function assertDocumented(operation: Operation, answer: Answer): void {
  const { status, headers, text, json } = answer
  assert.ok(status < 500, `${status} ${text}`)
  const response = operation.responses[status]
  assert.ok(response !== undefined, `${status} is not documented: ${text}`)
  const { 'application/json': described, ...others } = response.content ?? {}
  const { schema } = described ?? {}
  if (schema === undefined) {
    const [type] = Object.keys(others)
    if (type === undefined) assert.equal(text, '')
    else assert.ok(String(headers['content-type']).startsWith(type))
  } else {
    assert.match(String(headers['content-type']), /^application\/json(; charset=utf-8)?$/)
    const validate = validatorOf(schema)
    assert.ok(validate(json), `${ajv.errorsText(validate.errors)}: ${text}`)
  }
  if (operation.security.length > 0 && status === 401 && !ofProofs.has(json?.message))
    assert.match(String(headers['www-authenticate']), challenge)
  if (json?.access_token !== undefined) assert.equal(headers['cache-control'], 'no-store')
}

/** The refusals of a password, a code or a passkey, beside a token that counts. */
const ofProofs = new Set(
  (['credentials_mismatch', 'second_factor_required', 'factor_mismatch', 'passkey_mismatch'] as const).map(
    (code) => new Refusal(code).message,
  ),
)

/** No generated request has this password, which would delete the account. */
const password = 'a horse that nothing generates'

/** Holds the tokens of the callers. A token that an attempt has revoked is replaced before the next attempt. */
function createTokens(subject: Subject) {
  const accounts: Record<string, string> = { user: 'user@example.com', administrator: 'administrator@example.com' }
  const held: Partial<Record<Attempt['caller'], string>> = { forger: 'e30.e30.AA' }
  return {
    async of(caller: Attempt['caller']): Promise<string | undefined> {
      const email = accounts[caller]
      if (email !== undefined) held[caller] ??= await subject.service.logIn({ email, password })
      return held[caller]
    },
    /** Replaces the placeholder in the path, if there is one, by the id of the caller's newest token. */
    async withLiveToken(path: string, token: string | undefined): Promise<string> {
      if (!path.endsWith(liveToken) || token === undefined) return path
      const { json } = await subject.call('GET', '/tokens', { token })
      return path.replace(liveToken, json.tokens?.[0].id)
    },
    forget(caller: Attempt['caller']) {
      if (caller !== 'forger') delete held[caller]
    },
  }
}

function operationsOf(paths: Record<string, Record<string, Described>>): Operation[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({ ...described, method: method.toUpperCase(), path })),
  )
}

onEachService('fuzzed requests', (subject) => {
  test('the OpenAPI document describes every answer', async (t) => {
    await subject.service.register({ username: 'user', password })
    await subject.service.admin({ email: 'administrator@example.com', password })
    const tokens = createTokens(subject)
    const document = await SwaggerParser.dereference((await subject.call('GET', '/swagger.json')).json)
    const operations = operationsOf(document.paths as Parameters<typeof operationsOf>[0])
    assert.ok(operations.length >= 18)
    for (const operation of operations) {
      const revokes = /logout|\/tokens/.test(operation.path) && operation.method !== 'GET'
      const attack = async ({ caller, path, call }: Attempt) => {
        const token = await tokens.of(caller)
        const sent = token === undefined ? call : { ...call, token }
        const answer = await subject.call(operation.method, await tokens.withLiveToken(path, token), sent)
        if (revokes) tokens.forget(caller)
        assertDocumented(operation, answer)
      }
      await t.test(`${operation.method} ${operation.path}`, () =>
        fc.assert(fc.asyncProperty(attemptOf(operation), attack), { numRuns: runs }),
      )
    }
    assert.equal((await subject.call('GET', '//readyz')).status, 200)
  })
})
