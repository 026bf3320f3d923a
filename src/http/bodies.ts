import formbody from '@fastify/formbody'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'

export const maxBody_bytes = 64 * 1024

/** JSON and forms, nothing else. An empty body is an absent one, whatever its type says. */
export function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('remove', 'remove')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, text, done) => {
    if (text === '') return done(null, undefined)
    parse(request, text, (error, value) => {
      const why = error ? 'it is not JSON' : describeRepeatedName(text)
      if (why === undefined) done(null, value)
      else done(new Refusal('body_malformed', { subject: why }))
    })
  })
  app.register(formbody)
  app.addContentTypeParser('*', (_request, payload, done) => {
    payload.once('data', () => done(new Refusal('media_type_unsupported'), undefined))
    payload.once('end', () => done(null, undefined))
  })
  app.addHook('preValidation', (request, _reply, done) => {
    request.body ??= {}
    done()
  })
}

const jsonToken = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/** A name that one object of a valid JSON text has twice (RFC 8259 §4: readers differ on which one counts). */
function describeRepeatedName(text: string): string | undefined {
  const open: (Set<string> | null)[] = []
  let last = ''
  for (const [token] of text.matchAll(jsonToken)) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(null)
    else if (token === '}' || token === ']') open.pop()
    else if (token === ':') {
      const names = open.at(-1)
      if (names?.has(last)) return `${last} is in it twice`
      names?.add(last)
    }
    last = token
  }
  return undefined
}
