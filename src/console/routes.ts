import { Negotiator } from '@fastify/accept-negotiator'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { forRequest } from '../http/for-request.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { authenticate } from '../tokens/authenticate.ts'
import type { ReadToken } from '../tokens/guard.ts'
import { revokeToken } from '../tokens/revoke.ts'
import { isLocal, readToken, tokenCookies } from './cookie.ts'
import { codings, type Page } from './files.ts'

/**
 * Lets the page load its own files and call its own server, and nothing else. `upgrade-insecure-requests` is absent, because it
 * would break the page on plain http. Only lit-html makes HTML of texts.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types lit-html',
].join('; ')

/** Where the page is, and the path from there to `/`. The links of messages lead to the last two. */
const places = { '/': '', '/account/reset-password': '../', '/account/verify-email': '../' }

const hidden = { hide: true }

/** The page, and its files. @param readPage called at the first request */
export const pageRoutes: FastifyPluginAsync<{ readPage: () => Page }> = async (app, { readPage }) => {
  let read: Page | undefined
  const page = () => {
    read ??= readPage()
    return read
  }
  for (const [path, root] of Object.entries(places)) {
    app.get(path, { schema: hidden }, (_request, reply) => {
      reply
        .header('content-security-policy', contentSecurityPolicy)
        .header('referrer-policy', 'no-referrer')
        .header('x-content-type-options', 'nosniff')
        .header('cross-origin-opener-policy', 'same-origin')
        .header('cache-control', 'no-cache')
        .type('text/html; charset=utf-8')
        .send(page().document(root))
    })
  }
  const coding = new Negotiator({ supportedValues: [...codings, 'identity'] })
  app.get('/console/files/*', { schema: hidden }, async (request, reply) => {
    const { '*': path } = request.params as { '*': string }
    // A page of another version has another hash, and must not load the scripts of this version.
    const file = path.startsWith(`${page().hash}/`) ? page().files.get(path.slice(page().hash.length + 1)) : undefined
    if (file === undefined) throw new Refusal('path_unknown')
    reply
      .header('cache-control', 'public, max-age=31536000, immutable')
      .header('vary', 'accept-encoding')
      .header('x-content-type-options', 'nosniff')
      .type(file.type)
    const chosen = coding.negotiate(String(request.headers['accept-encoding'] ?? 'identity').toLowerCase())
    const encoding = codings.find((each) => each === chosen)
    if (encoding === undefined) return file.content
    reply.header('content-encoding', encoding)
    return file.encoded(encoding)
  })
}

function isLocalRequest({ identity }: Ports, { headers }: FastifyRequest): boolean {
  return isLocal({ host: headers.host ?? '', origin: headers.origin, public_url: identity.public_url })
}

/** Finds the token in the cookie of the console. */
export function tokenOfCookie(ports: Ports): ReadToken {
  return (request) => {
    const token = readToken(request.headers.cookie, isLocalRequest(ports, request))
    if (token === undefined) throw new Refusal('token_missing')
    return token
  }
}

/**
 * Makes a scope one of the console: only the console's own page may use its routes, and the token of a login goes into a cookie
 * that no script can read. The routes are those of the API, so the OpenAPI document does not have them again.
 */
export function keepTokenInCookie(scope: FastifyInstance, ports: Ports): void {
  scope.addHook('onRoute', (route) => {
    route.config = { ...route.config, cors: false }
    // A copy, because the same schema may describe the route of the API.
    route.schema = { ...route.schema, ...hidden }
  })
  scope.addHook('onRequest', (request, reply, done) => {
    reply.header('cache-control', 'no-store')
    done(isOwnPage(ports, request) ? undefined : new Refusal('cross_site'))
  })
  scope.addHook('preSerialization', async (request, reply, payload) => {
    if (request.routeOptions.config.showsToken || !isLogin(payload)) return payload
    // A renewal and a new password have ended the token of the request.
    if (request.claims === null) await endSessionBefore(ports, request)
    const local = isLocalRequest(ports, request)
    reply.header('set-cookie', tokenCookies(payload.access_token, payload.expires_in, local))
    return { ...payload, access_token: '', ...('token' in payload && { token: '' }) }
  })
  scope.addHook('onSend', async (request, reply) => {
    if (request.routeOptions.config.revokes && (await hasEnded(ports, request, reply))) {
      reply.header('set-cookie', tokenCookies(undefined, 0, isLocalRequest(ports, request)))
    }
  })
}

/**
 * Ends the session that the browser had before a login, because the cookie holds one token. A page of that session in another tab
 * learns that its session has ended, and does not act for another person.
 */
async function endSessionBefore(ports: Ports, request: FastifyRequest): Promise<void> {
  const token = readToken(request.headers.cookie, isLocalRequest(ports, request))
  if (token === undefined) return
  const claims = await authenticate(ports.verification, token).catch(() => undefined)
  // The token of a program may be in a cookie that somebody has made by hand.
  if (claims === undefined || claims.kind !== undefined || claims.client_id === claims.sub) return
  const own = forRequest(ports, request)
  const asOwner = { ...own, origin: { ...own.origin, actor: claims.sub } }
  await revokeToken(asOwner, { jti: claims.jti, user_id: claims.sub }, 'replaced by a login').catch((error: Error) => {
    // The login has succeeded. A revocation that was not confirmed is in force soon.
    if (!(error instanceof Refusal)) throw error
  })
}

/** Whether the request has just ended its own token, and got no other. */
async function hasEnded({ revocation }: Ports, request: FastifyRequest, reply: FastifyReply): Promise<boolean> {
  // The links of messages need no token.
  if (request.claims === null || reply.statusCode >= 300 || reply.hasHeader('set-cookie')) return false
  // If the state is unknown, the cookie stays, and its token is refused or not.
  return (await revocation.check(request.claims).catch(() => 'live')) === 'revoked'
}

/**
 * Whether a page of this origin has sent the request (Fetch Metadata Request Headers). Every request of the console has a header
 * of its own too, which a page of another origin cannot send without permission by CORS.
 */
function isOwnPage({ identity }: Ports, { headers }: FastifyRequest): boolean {
  if (headers['latchkey-console'] === undefined) return false
  const { 'sec-fetch-site': site, origin } = headers
  if (site !== undefined) return site === 'same-origin'
  const from = URL.parse(origin ?? '')
  if (from === null || !/^https?:$/.test(from.protocol)) return false
  return from.origin === URL.parse(identity.public_url)?.origin || from.host === headers.host
}

interface LoginAnswer {
  access_token: string
  expires_in: number
}

function isLogin(payload: unknown): payload is LoginAnswer {
  return typeof payload === 'object' && payload !== null && 'access_token' in payload
}
