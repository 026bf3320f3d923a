import { isUtf8 } from 'node:buffer'
import { parse as parseQuery } from 'node:querystring'
import formbody from '@fastify/formbody'
import type { FastifyInstance, preValidationHookHandler } from 'fastify'
import { Refusal } from '../refusal.ts'
import { readPlainValues, type TypedFields } from './plain-values.ts'

export const maxBody_bytes = 64 * 1024

const form = /^application\/x-www-form-urlencoded(?:;|$)/i

interface BodySchema {
  properties: TypedFields
  required?: string[]
}

/** Accepts JSON and forms, and refuses other media types. An empty body of any type counts as absent. */
export function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('remove', 'remove')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    if (bytes.length === 0) return done(null, undefined)
    // RFC 8259 §8.1. A lenient decoder would read passwords with different invalid bytes as the same password.
    if (!isUtf8(bytes)) return done(new Refusal('body_malformed', { subject: 'it is not UTF-8' }))
    const text = bytes.toString()
    parse(request, text, (error, value) => {
      const why = error ? 'it is not JSON' : describeRepeatedName(text)
      if (why === undefined) done(null, value)
      else done(new Refusal('body_malformed', { subject: why }))
    })
  })
  app.register(formbody, { parser: readForm })
  app.addContentTypeParser('*', ({ headers }, payload, done) => {
    const code = Number(headers['content-length']) > maxBody_bytes ? 'body_too_large' : 'media_type_unsupported'
    payload.once('data', () => done(new Refusal(code), undefined))
    payload.once('end', () => done(null, undefined))
  })
  app.addHook('onRoute', (route) => {
    const schema = route.schema?.body as BodySchema | undefined
    if (schema) route.preValidation = [normalizeBody(schema), route.preValidation ?? []].flat()
  })
}

/** Treats an absent body as `{}`, null in an optional field as an absent field, and digits in a form as a number. */
function normalizeBody({ properties, required = [] }: BodySchema): preValidationHookHandler {
  const optional = Object.keys(properties).filter((name) => !required.includes(name))
  return (request, _reply, done) => {
    request.body ??= {}
    const fields = request.body as Record<string, unknown>
    for (const name of optional) if (fields[name] === null) delete fields[name]
    // A form has texts only.
    if (form.test(request.headers['content-type'] ?? '')) readPlainValues(fields, properties)
    done()
  }
}

/** Parses a form. @throws Refusal body_malformed for bytes or escapes that are not UTF-8 */
function readForm(text: string): Record<string, unknown> {
  try {
    if (text.includes('\ufffd')) throw new URIError()
    decodeURIComponent(text)
  } catch {
    throw new Refusal('body_malformed', { subject: 'it is not a form in UTF-8' })
  }
  return parseQuery(text, '&', '=', { maxKeys: 0 })
}

const jsonToken = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/** Finds a name that an object of a valid JSON text has twice. Parsers differ on which value counts (RFC 8259 §4). */
function describeRepeatedName(text: string): string | undefined {
  const open: (Set<string> | null)[] = []
  let last = ''
  for (const [token] of text.matchAll(jsonToken)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const names = open.at(-1)
      const name = last.includes('\\') ? JSON.stringify(JSON.parse(last)) : last
      if (names?.has(name)) return `${name} is in it twice`
      names?.add(name)
    }
    last = token
  }
  return undefined
}
