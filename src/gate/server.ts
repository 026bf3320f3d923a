import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import type { Claims } from '../tokens/claims.ts'
import { isAdministrator } from '../tokens/scopes.ts'
import { admission } from '../verifier/admit.ts'
import { VerifierError } from '../verifier/error.ts'
import { sendError } from '../verifier/node.ts'
import type { Verifier } from '../verifier/types.ts'
import { createGateMetrics, type GateMetrics } from './metrics.ts'

/** A token of 100 KB is refused by the verifier, not by the HTTP parser. */
const maxHeader_bytes = 128 * 1024
/** Longer than the idle timeout of usual gateways, so that the gateway closes first. */
const keepAlive_ms = 75_000
/** Different queries that are remembered. A gateway has a few. */
const queryLimit = 1000

/** How a query is answered. */
interface Answer {
  admit: ReturnType<typeof admission>
  /** For an accepted token. */
  status: 200 | 204
}

interface Gate {
  verifier: Verifier
  /** The answer to `/check` without a query. */
  plain: Answer
  /** The same for queries. */
  byQuery: Map<string, Answer | undefined>
  metrics: GateMetrics
  registry: Registry
}

/**
 * An HTTP server that answers `/check` as `/auth/check` of Latchkey does, for gateways and for programs in any language. `?admin`
 * demands an administrator's token, and `?scope=` scopes. `?status=200` answers 200 instead of 204.
 */
export function createGate(verifier: Verifier): Server {
  const { metrics, registry } = createGateMetrics(verifier)
  const plain: Answer = { admit: admission(verifier, {}), status: 204 }
  const gate: Gate = { verifier, plain, byQuery: new Map(), metrics, registry }
  const server = createServer({ maxHeaderSize: maxHeader_bytes }, (request, response) => {
    // Node.js ignores `Upgrade` here, and drops what came in one read behind the request.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false
    answer(gate, request, response)
  })
  server.keepAliveTimeout = keepAlive_ms
  return server
}

function answer(gate: Gate, request: IncomingMessage, response: ServerResponse): void {
  const { url = '/' } = request
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  if (path !== '/check') void answerOther(gate, path, request, response)
  else {
    const found = mark === -1 ? gate.plain : answerByQuery(gate, url.slice(mark + 1))
    if (found === undefined) sendJson(response, 400, failure('The query may have admin, scope, status and path only'))
    else check(gate, found, request, response)
  }
}

function check({ metrics }: Gate, { admit, status }: Answer, request: IncomingMessage, response: ServerResponse): void {
  const accept = (claims: Claims | null) => {
    metrics.accepted++
    response.writeHead(status, claimHeaders(claims as Claims)).end()
  }
  const refuse = (error: unknown) => {
    if (error instanceof VerifierError) sendError(response, error)
    else sendJson(response, 500, { status: 'error', message: 'Internal server error' })
  }
  try {
    const claims = admit(request.rawHeaders)
    if (claims instanceof Promise) claims.then(accept, refuse)
    else accept(claims)
  } catch (error) {
    refuse(error)
  }
}

/** The headers of `GET /auth/check`, as a list, which `node:http` writes without another copy. */
function claimHeaders(claims: Claims): string[] {
  const { sub, jti } = claims
  return ['x-auth-user', sub, 'x-auth-admin', String(isAdministrator(claims)), 'x-auth-token-id', jti]
}

/** What follows is the client's path and query. Envoy appends them to the path that it asks for. */
const clientPath = /(?:^|&)path=/

/** @returns undefined for a query that cannot be right: a misspelled demand must not open a route */
function answerByQuery({ verifier, byQuery }: Gate, whole: string): Answer | undefined {
  const [query = ''] = whole.split(clientPath, 1)
  const known = byQuery.get(query)
  if (known !== undefined || byQuery.has(query)) return known
  const found = readQuery(verifier, query)
  if (byQuery.size >= queryLimit) byQuery.clear()
  byQuery.set(query, found)
  return found
}

function readQuery(verifier: Verifier, query: string): Answer | undefined {
  const options: { admin?: boolean; scope?: string } = {}
  let status: Answer['status'] = 204
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'admin' && ['', 'true', '1'].includes(value)) options.admin = true
    else if (name === 'scope' && value !== '' && options.scope === undefined) options.scope = value
    else if (name === 'status' && value === '200') status = 200
    else return undefined
  }
  try {
    return { admit: admission(verifier, options), status }
  } catch {
    return undefined
  }
}

async function answerOther(
  { verifier, registry }: Gate,
  path: string,
  { method }: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') {
    sendJson(response, 404, failure('The requested path was not found'))
  } else if (method !== 'GET' && method !== 'HEAD') refuseMethod(response)
  else if (path === '/healthz') sendJson(response, 200, { status: 'success', message: 'alive' })
  else if (path === '/metrics') {
    const text = await registry.metrics()
    response.writeHead(200, { 'content-type': registry.contentType }).end(text)
  } else if (verifier.stats().lease_ms > 0) sendJson(response, 200, { status: 'success', message: 'ready' })
  else sendJson(response, 503, failure('No lease runs'), { 'retry-after': '1' })
}

function refuseMethod(response: ServerResponse): void {
  sendJson(response, 405, failure('The method is not allowed for the requested path'), { allow: 'GET, HEAD' })
}

function failure(message: string) {
  return { status: 'fail', message }
}

function sendJson(response: ServerResponse, status: number, json: object, headers: Record<string, string> = {}): void {
  const body = JSON.stringify(json)
  response
    .writeHead(status, {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
    })
    .end(body)
}
