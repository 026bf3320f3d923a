import type { FastifyInstance } from 'fastify'

/** The links are relative, so that the page works below a path of a proxy. */
const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Latchkey</title>
<link rel="stylesheet" href="home.css">
<h1>Latchkey</h1>
<p>JWTs you can take back. This is a token service: people register, log in and get a signed token, see every place where they are
logged in, and take tokens back, one or all.</p>
<ul>
<li><a href="api/v1/ui/">Swagger UI</a>: try the API
<li><a href="api/v1/swagger.json">The OpenAPI document</a>
<li><a href=".well-known/jwks.json">The public keys</a>, and the <a href=".well-known/oauth-authorization-server">metadata</a> for other services
<li><a href="healthz">Health</a>, <a href="readyz">readiness</a> and <a href="metrics">metrics</a>
</ul>
</html>
`

const style = `:root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5 }
body { margin: 4rem auto; max-width: 40rem; padding: 0 1rem }
`

/** Serves a small page at `/` that says what this is. @param policy the Content-Security-Policy of every page */
export function serveHome(app: FastifyInstance, policy: string): void {
  app.get('/', { schema: { hide: true } }, (_request, reply) => {
    reply.header('content-security-policy', policy).type('text/html; charset=utf-8').send(page)
  })
  app.get('/home.css', { schema: { hide: true } }, (_request, reply) => {
    reply.type('text/css; charset=utf-8').send(style)
  })
}
