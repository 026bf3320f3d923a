// What generators of clients need of the OpenAPI document. The tests walk all routes, so they also hold for new routes.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import SwaggerParser from '@apidevtools/swagger-parser'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { createSqlite, type TestDatabase } from '../support/databases.ts'
import { type Answer, startTestService, type TestService } from '../support/service.ts'

interface Schema {
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  pattern?: string
  properties?: Record<string, Schema>
  allOf?: Schema[]
  anyOf?: Schema[]
}
type Content = Record<string, { schema: Schema }>
interface Operation {
  operationId?: string
  security?: Record<string, string[]>[]
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { content: Content }
  responses: Record<string, { headers?: Record<string, { description?: string; schema: Schema }>; content?: Content }>
}

let database: TestDatabase
let service: TestService
let document: {
  servers: { url: string }[]
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}
before(async () => {
  database = await createSqlite()
  service = await startTestService(database)
  document = (await service.call('GET', '/swagger.json')).json
})
after(async () => {
  await service.stop()
  await database.remove()
})

const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const route = `${method.toUpperCase()} ${path}`
      return { route, method: method.toUpperCase(), path, operation }
    }),
  )

/** The routes for which `isWrong` holds. */
const routesWhere = (isWrong: (operation: Operation, path: string) => boolean) =>
  operations()
    .filter(({ operation, path }) => isWrong(operation, path))
    .map(({ route }) => route)

test('docs/accounts.md names each route that gives a token, and no other', () => {
  const givesToken = ({ responses }: Operation) =>
    Object.entries(responses).some(([status, { content = {} }]) => {
      const { properties = {} } = resolve(content['application/json']?.schema)
      return status.startsWith('2') && Object.hasOwn(properties, 'access_token')
    })
  const text = readFileSync(join(import.meta.dirname, '../../docs/accounts.md'), 'utf8')
  const [, section = ''] = text.split('## Ways to get a token\n')
  const [rows = ''] = section.split('\n## ')
  const named = [...rows.matchAll(/`(POST \S+)`/g)].map(([, route = '']) => route)
  const routes = routesWhere(givesToken).map((route) => route.replace('/api/v1', ''))
  assert.deepEqual([...new Set(named)].sort(), routes.sort())
})

test('no body of a request has a hint for a password, or an answer to a secret question', () => {
  const fieldsOf = ({ requestBody }: Operation) =>
    Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => Object.keys(resolve(schema).properties ?? {}))
  const fields = operations().flatMap(({ operation }) => fieldsOf(operation))
  assert.ok(fields.includes('current_password') && fields.includes('username'))
  assert.deepEqual(
    fields.filter((name) => /hint|question|answer/.test(name) && name !== 'token_type_hint'),
    [],
  )
})

const resolve = (schema: Schema | undefined): Schema =>
  document.components.schemas[schema?.$ref?.split('/').at(-1) ?? ''] ?? schema ?? {}

describe('the OpenAPI document', () => {
  test('is valid for swagger-parser', async () => {
    // The type above names only what these tests read. The parser changes its argument.
    await SwaggerParser.validate(structuredClone(document) as never)
  })

  test('has no problem that Redocly’s recommended rules find', async () => {
    const config = await createConfig({ extends: ['recommended'] })
    const source = JSON.stringify(document)
    const problems = await lintFromString({ source, absoluteRef: '/openapi.json', config })
    const found = problems.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`)
    // Probes have no failure that is the client's fault.
    const probes = ['healthz', 'readyz', 'metrics'].map(
      (name) => `operation-4xx-response #/paths/~1${name}/get/responses`,
    )
    assert.deepEqual(found, probes)
  })

  test('names the server', () => {
    assert.deepEqual(
      document.servers.map(({ url }) => url),
      ['/'],
    )
  })

  test('gives every operation an id that begins with a verb and that no other operation has', () => {
    const withoutId = routesWhere(({ operationId = '' }) => !/^[a-z]+([A-Z][a-z]+)+$/.test(operationId))
    assert.deepEqual(withoutId, [], 'routes without an operationId in camelCase, for example "listTokens"')
    const ids = operations().map(({ operation }) => operation.operationId)
    const twice = routesWhere(({ operationId }) => ids.indexOf(operationId) !== ids.lastIndexOf(operationId))
    assert.deepEqual(twice, [], 'routes that share an operationId')
  })

  test('says of every operation whether it needs a token', () => {
    assert.deepEqual(
      routesWhere(({ security }) => security === undefined),
      [],
      'routes without "security"',
    )
  })

  test('has integers as integers', () => {
    const isNumberAsText = ({ type, enum: values = [], pattern = '' }: Schema) =>
      type === 'string' && (/^\^?[^a-z]*(\\d|\[[01]-9\])[^a-z]*\$?$/i.test(pattern) || values.some(isDigits))
    const isDigits = (value: unknown) => /^[0-9]+$/.test(String(value))
    const isWrong = ({ name, schema }: { name: string; schema: Schema }) =>
      isNumberAsText(schema) || (/^(page|per_page|limit|offset)$/.test(name) && schema.type !== 'integer')
    assert.deepEqual(
      routesWhere(({ parameters = [] }) => parameters.some(isWrong)),
      [],
      'routes with a parameter that is a number, but not "integer" in the document',
    )
  })

  test('types every field of a body, also in alternatives', () => {
    const isTyped = (schema: Schema) => schema.type !== undefined || 'anyOf' in schema || 'enum' in schema
    const fieldsAreTyped = (schema: Schema): boolean => {
      const { properties = {}, allOf = [], anyOf = [] } = resolve(schema)
      const fields = Object.values(properties)
      return fields.every(isTyped) && [...fields, ...allOf, ...anyOf].every(fieldsAreTyped)
    }
    const hasTypes = ({ schema }: { schema: Schema }) =>
      Object.keys(resolve(schema).properties ?? {}).length > 0 && fieldsAreTyped(schema)
    assert.deepEqual(
      routesWhere(({ requestBody }) => !Object.values(requestBody?.content ?? {}).every(hasTypes)),
      [],
      'routes whose body has no fields, or a field without a type',
    )
  })

  test('types every failure: the envelope, or the error of OAuth (RFC 6749 §5.2) outside /api/v1', () => {
    const isTyped = (path: string, status: number, content?: Content) => {
      const fields = Object.keys(resolve(content?.['application/json']?.schema).properties ?? {})
      const isOauth = fields.includes('error') && !path.startsWith('/api/v1/')
      const envelope = ['status', 'message', status === 500 ? 'request_id' : 'errors']
      return isOauth || envelope.every((name) => fields.includes(name))
    }
    const isWrong = ({ responses }: Operation, path: string) =>
      Object.entries(responses).some(
        ([status, { content }]) => Number(status) >= 400 && !isTyped(path, Number(status), content),
      )
    assert.deepEqual(routesWhere(isWrong), [], 'routes with a failure that has no typed body')
  })

  test('describes Retry-After with 429 and 503, and WWW-Authenticate with the 401 and 403 of a token', () => {
    const isWrong = ({ security = [], responses }: Operation) => {
      const lacks = (status: number, header: string) =>
        responses[status] !== undefined && responses[status].headers?.[header] === undefined
      const usesBearer = security.some((scheme) => 'bearer' in scheme)
      return (
        [429, 503].some((status) => lacks(status, 'Retry-After')) ||
        (usesBearer && [401, 403].some((status) => lacks(status, 'WWW-Authenticate')))
      )
    }
    assert.deepEqual(routesWhere(isWrong), [], 'routes with a failure that lacks a header')
  })
})

describe('the headers and the status in the document', () => {
  /** Headers that a client may act on. */
  const notable =
    /^(cache-control|content-disposition|etag|link|location|pragma|retry-after|total-count|www-authenticate|x-auth-.*)$/

  /** The differences between an answer and the document. */
  const differences = ({ operation }: { operation: Operation }, { status, headers, text, json }: Answer) => {
    const described = operation.responses[status]
    if (described === undefined) return [`status ${status} is not in the document`]
    const names = Object.keys(described.headers ?? {}).map((name) => name.toLowerCase())
    const sent = Object.keys(headers).filter((name) => notable.test(name))
    return [
      ...sent.filter((name) => !names.includes(name)).map((name) => `${status} has an undescribed ${name}`),
      ...names.filter((name) => !(name in headers)).map((name) => `${status} lacks ${name}`),
      ...(json !== undefined && !text.endsWith('\n') ? [`${status} does not end with a line feed`] : []),
    ]
  }

  test('are those of the answers of every route, without a token and to an administrator', async () => {
    const token = await service.admin({ email: 'reader@example.com' })
    const found: string[] = []
    for (const each of operations()) {
      const path = `/${each.path.replace(/\{\w+\}/g, 'x')}`
      const json = each.operation.requestBody && {}
      const body = json && { json }
      const answers = [await service.call(each.method, path, { ...body })]
      // A deletion would end the token.
      if (each.method === 'GET') answers.push(await service.call('GET', path, { token }))
      for (const answer of answers) {
        found.push(...differences(each, answer).map((difference) => `${each.route}: ${difference}`))
      }
    }
    assert.deepEqual(found, [])
  })

  test('are those of the answers that create, update and delete', async () => {
    const token = await service.admin({ email: 'writer@example.com' })
    const widget = { info_url: 'https://example.com', deadline: '2099-12-31' }
    const account = { email: 'header@example.com', password: 'correct horse battery', username: 'header' }
    const calls: [string, string, object?][] = [
      ['POST /api/v1/auth/register', '/auth/register', account],
      ['POST /api/v1/auth/login', '/auth/login', account],
      ['POST /api/v1/login', '/login', account],
      ['POST /api/v1/login', '/login', { ...account, password: 'wrong horse battery' }],
      ['POST /api/v1/widgets', '/widgets', { ...widget, name: 'first' }],
      ['GET /api/v1/widgets', '/widgets?page=1&per_page=5'],
      ['GET /api/v1/widgets/{name}', '/widgets/first'],
      ['PUT /api/v1/widgets/{name}', '/widgets/first', widget],
      ['PUT /api/v1/widgets/{name}', '/widgets/second', widget],
      ['DELETE /api/v1/widgets/{name}', '/widgets/first'],
      ['POST /api/v1/auth/logout', '/auth/logout'],
    ]
    const found: string[] = []
    for (const [route, path, json] of calls) {
      const each = operations().find((operation) => operation.route === route)
      assert.ok(each, route)
      const answer = await service.call(each.method, path, { token, ...(json && { json }) })
      found.push(...differences(each, answer).map((difference) => `${route}: ${difference}`))
    }
    assert.deepEqual(found, [])
  })
})
