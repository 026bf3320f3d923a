// The framework's limit: Fastify 5 with two routes that send Latchkey's answers. The routes have a response schema, but
// no hook, log, plugin or asynchronous handler. Any further cost is Latchkey's own work: tokens, revocation, counters,
// request log and error handling.
import Fastify from 'fastify'
import { Type } from 'typebox'

/** Latchkey's answers, which these routes repeat: the body of `GET /auth/user`, the headers of `GET /auth/check`. */
const { user, headers } = JSON.parse(process.argv[2] as string) as {
  user: Record<string, string | boolean | null>
  headers: Record<string, string>
}

const User = Type.Object({
  email: Type.String(),
  username: Type.Unsafe<string | null>({ type: ['string', 'null'] }),
  public_id: Type.String(),
  admin: Type.Boolean(),
  registered_on: Type.String(),
  token_expires_in: Type.String(),
})

const app = Fastify()
app.get('/api/v1/auth/user', { schema: { response: { 200: User } } }, (_request, reply) => {
  reply.send({ ...user })
})
app.get('/api/v1/auth/check', { schema: { response: { 204: Type.Null() } } }, (_request, reply) => {
  for (const [name, value] of Object.entries(headers)) reply.header(name, value)
  reply.code(204).send()
})
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`)
