// Hono 4 on Node.js. Run with LATCHKEY_URL=latchkey://CLIENT_ID:CLIENT_SECRET@HOST:PORT
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { createVerifier } from 'latchkey-verifier'
import { latchkey } from 'latchkey-verifier/hono'

const verifier = createVerifier()
const app = new Hono()
  .get('/', latchkey(verifier, { optional: true }), (c) => c.json({ welcome: c.get('auth')?.sub ?? 'stranger' }))
  .get('/orders', latchkey(verifier), (c) => c.json({ owner: c.get('auth').sub }))
  .get('/reports', latchkey(verifier, { admin: true }), (c) => c.json({ reports: [] }))

await verifier.ready()
serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`listening at http://127.0.0.1:${port}`)
})
