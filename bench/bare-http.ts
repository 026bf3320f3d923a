// The limit of the gate: `node:http` that answers 204 to everything. With the argument `headers`, the answer has three headers
// as long as those of the gate.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const id = crypto.randomUUID()
const headers = process.argv[2] === 'headers' ? ['x-auth-user', id, 'x-auth-admin', 'false', 'x-auth-token-id', id] : []
const server = createServer((_request, response) => {
  response.writeHead(204, headers).end()
})
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
