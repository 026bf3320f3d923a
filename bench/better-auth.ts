// The peer: better-auth behind node:http with e-mail and password, sessions in SQLite through its adapter for
// node:sqlite, and the default session check by database, as its documentation for Node shows. `GET /user` is a
// protected route. All other requests go to better-auth's own handler.
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { DatabaseSync } from 'node:sqlite'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { fromNodeHeaders, toNodeHandler } from 'better-auth/node'

const database = new DatabaseSync('better-auth.db')
// The same durability as Latchkey: no answered write is lost.
database.exec('pragma journal_mode = wal; pragma synchronous = full')

const server = createServer()
server.listen(0, '127.0.0.1', async () => {
  const { port } = server.address() as { port: number }
  const baseURL = `http://127.0.0.1:${port}`
  const options = {
    database,
    baseURL,
    secret: randomBytes(32).toString('base64url'),
    emailAndPassword: { enabled: true },
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  }
  const { runMigrations } = await getMigrations(options)
  await runMigrations()
  const auth = betterAuth(options)
  const handleOther = toNodeHandler(auth)

  const answerUser = async (request: IncomingMessage, response: ServerResponse) => {
    const session = await auth.api.getSession({ headers: fromNodeHeaders(request.headers) })
    const body = JSON.stringify(session?.user ?? { message: 'Unauthorized' })
    const head = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
    response.writeHead(session === null ? 401 : 200, head).end(body)
  }
  server.on('request', (request, response) => {
    if (request.url === '/user') answerUser(request, response)
    else handleOther(request, response)
  })
  process.stdout.write(`${baseURL}\n`)
})
