// `node:http` without a framework. Run with LATCHKEY_URL=latchkey://CLIENT_ID:CLIENT_SECRET@HOST:PORT
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createVerifier } from 'latchkey-verifier'
import { latchkey } from 'latchkey-verifier/node'

const verifier = createVerifier()
const optional = latchkey(verifier, { optional: true })
const required = latchkey(verifier)
const admin = latchkey(verifier, { admin: true })

const server = createServer(async (request, response) => {
  const answer = (json: object) => response.setHeader('content-type', 'application/json').end(JSON.stringify(json))
  if (request.url === '/') {
    const claims = await optional(request, response)
    // Undefined: the refusal was sent.
    if (claims !== undefined) answer({ welcome: claims?.sub ?? 'stranger' })
  } else if (request.url === '/orders') {
    const claims = await required(request, response)
    if (claims) answer({ owner: claims.sub })
  } else if (request.url === '/reports') {
    if (await admin(request, response)) answer({ reports: [] })
  } else response.writeHead(404).end()
})

await verifier.ready()
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
