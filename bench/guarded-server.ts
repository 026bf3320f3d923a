// One route of a framework: behind the verifier, behind middleware that only sets the same claims, or bare. Arguments: the
// framework, and `guarded`, `idle` or `bare`.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import type { Claims } from '../src/tokens/claims.ts'
import { latchkey as expressGuard } from '../src/verifier/express.ts'
import { latchkey as fastifyGuard } from '../src/verifier/fastify.ts'
import { latchkey as honoGuard } from '../src/verifier/hono.ts'
import { createVerifier, type Verifier } from '../src/verifier/verifier.ts'

const [framework = '', kind] = process.argv.slice(2)
const owner = crypto.randomUUID()
const auth = { sub: owner } as Claims

/** Each returns a listener. Without a verifier, the route is bare. */
const frameworks: Record<string, (verifier: Verifier | undefined) => Promise<Parameters<typeof createServer>[1]>> = {
  async express(verifier) {
    const app = express()
    if (verifier) app.use(expressGuard(verifier))
    else if (kind === 'idle')
      app.use((request, _response, next) => {
        request.auth = auth
        next()
      })
    app.get('/orders', (request, response) => {
      response.json({ owner: kind === 'bare' ? owner : request.auth?.sub })
    })
    return app
  },
  async fastify(verifier) {
    const app = Fastify()
    if (verifier) app.addHook('onRequest', fastifyGuard(verifier))
    else if (kind === 'idle')
      app.addHook('onRequest', (request, _reply, done) => {
        request.auth = auth
        done()
      })
    app.get('/orders', (request, reply) => {
      reply.send({ owner: kind === 'bare' ? owner : request.auth?.sub })
    })
    await app.ready()
    return app.routing
  },
  async hono(verifier) {
    const app = new Hono()
    if (verifier) app.use(honoGuard(verifier))
    else if (kind === 'idle')
      app.use((context, next) => {
        context.set('auth', auth)
        return next()
      })
    app.get('/orders', (context) => context.json({ owner: kind === 'bare' ? owner : context.get('auth')?.sub }))
    return getRequestListener(app.fetch)
  },
}

const verifier = kind === 'guarded' ? createVerifier() : undefined
await verifier?.ready()
const listener = await frameworks[framework]?.(verifier)
const server = createServer(listener).listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
