// One route of Fastify with a check of the token that needs no verifier. Arguments: the address of the service, and `jose`
// (the signature of each token is verified, revocations are not known) or `ask` (the service is asked about each token).
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import Fastify from 'fastify'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'

const [address = '', kind] = process.argv.slice(2)
const keys = createRemoteJWKSet(new URL('/.well-known/jwks.json', address))

/** Each returns the owner of the token, or undefined if the token does not count. */
const kinds: Record<string, (token: string) => Promise<string | undefined>> = {
  async jose(token) {
    const { payload } = await jwtVerify(token, keys, { issuer: address, audience: address, typ: 'at+jwt' })
    return payload.sub
  },
  async ask(token) {
    const answer = await fetch(`${address}/api/v1/auth/check`, { headers: { authorization: `Bearer ${token}` } })
    await answer.arrayBuffer()
    return answer.status === 204 ? decodeJwt(token).sub : undefined
  },
}

const app = Fastify()
app.get('/orders', async (request, reply) => {
  const owner = await kinds[kind as string]?.(String(request.headers.authorization).slice('Bearer '.length))
  return owner === undefined ? reply.code(401).send() : { owner }
})
await app.ready()
const server = createServer(app.routing).listen(0, '127.0.0.1', () => {
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`)
})
