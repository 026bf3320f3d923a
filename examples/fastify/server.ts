// Fastify 5. Run with LATCHKEY_URL=latchkey://CLIENT_ID:CLIENT_SECRET@HOST:PORT
import Fastify from 'fastify'
import { createVerifier } from 'latchkey-verifier'
import { latchkey } from 'latchkey-verifier/fastify'

const verifier = createVerifier()
const app = Fastify()

app.get('/', { onRequest: latchkey(verifier, { optional: true }) }, async (request) => ({
  welcome: request.auth?.sub ?? 'stranger',
}))
app.register(async (orders) => {
  orders.addHook('onRequest', latchkey(verifier))
  orders.get('/orders', async (request) => ({ owner: request.auth?.sub }))
  orders.get('/reports', { onRequest: latchkey(verifier, { admin: true }) }, async () => ({ reports: [] }))
})

await verifier.ready()
console.log(`listening at ${await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })}`)
