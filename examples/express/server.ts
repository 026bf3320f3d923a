// Express 5. Run with LATCHKEY_URL=latchkey://CLIENT_ID:CLIENT_SECRET@HOST:PORT
import type { AddressInfo } from 'node:net'
import express from 'express'
import { createVerifier } from 'latchkey-verifier'
import { latchkey } from 'latchkey-verifier/express'

const verifier = createVerifier()
const app = express()

app.get('/', latchkey(verifier, { optional: true }), (request, response) => {
  response.json({ welcome: request.auth?.sub ?? 'stranger' })
})
app.use(latchkey(verifier))
app.get('/orders', (request, response) => {
  response.json({ owner: request.auth?.sub })
})
app.get('/reports', latchkey(verifier, { admin: true }), (_request, response) => {
  response.json({ reports: [] })
})

await verifier.ready()
const server = app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
