import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import type { Claims } from '../tokens/claims.ts'
import { admission } from '../verifier/admit.ts'
import { VerifierError } from '../verifier/error.ts'
import { sendError } from '../verifier/node.ts'
import type { RouteOptions } from '../verifier/rights.ts'
import type { Verifier } from '../verifier/types.ts'
import { createGateMetrics, type GateMetrics } from './metrics.ts'

/** A token of 100 KB is refused by the verifier, not by the HTTP parser. */
const maxHeader_bytes = 128 * 1024
/** Longer than the idle timeout of usual gateways, so that the gateway closes first. */
const keepAlive_ms = 75_000
/** Different queries that are remembered. A gateway has a few. */
const queryLimit = 1000

type Admit = ReturnType<typeof admission>

interface Gate {
  verifier: Verifier
  /** Decides about `GET /check` without a query. */
  admit: Admit
  /** The same for queries. */
  byQuery: Map<string, Admit | undefined>
  metrics: GateMetrics
  registry: Registry
}

/**
 * An HTTP server that answers `GET /check` as `GET /auth/check` of Latchkey does, for gateways and for programs in any
 * language. `?admin` demands an administrator's token, and `?scope=` scopes.
 */
export function createGate(verifier: Verifier): Server {
  const { metrics, registry } = createGateMetrics(verifier)
  const gate: Gate = { verifier, admit: admission(verifier, {}), byQuery: new Map(), metrics, registry }
  const server = createServer({ maxHeaderSize: maxHeader_bytes }, (request, response) =>
    answer(gate, request, response),
  )
  server.keepAliveTimeout = keepAlive_ms
  return server
}

function answer(gate: Gate, request: IncomingMessage, response: ServerResponse): void {
  const { url = '/', method } = request
  const mark = url.indexOf('?')
  const path = mark === -1 ? url : url.slice(0, mark)
  if (path !== '/check') void answerOther(gate, path, request, response)
  else if (method !== 'GET' && method !== 'HEAD') refuseMethod(response)
  else {
    const admit = mark === -1 ? gate.admit : admitByQuery(gate, url.slice(mark + 1))
    if (admit === undefined) sendJson(response, 400, failure('The query may have admin and scope only'))
    else check(gate, admit, request, response)
  }
}

function check({ metrics }: Gate, admit: Admit, request: IncomingMessage, response: ServerResponse): void {
  const accept = (claims: Claims | null) => {
    metrics.accepted++
    response.writeHead(204, claimHeaders(claims as Claims)).end()
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
function claimHeaders({ sub, admin, jti }: Claims): string[] {
  return ['x-auth-user', sub, 'x-auth-admin', String(admin), 'x-auth-token-id', jti]
}

/** @returns undefined for a query that cannot be right: a misspelled demand must not open a route */
function admitByQuery({ verifier, byQuery }: Gate, query: string): Admit | undefined {
  const known = byQuery.get(query)
  if (known !== undefined || byQuery.has(query)) return known
  const options = readQuery(query)
  const admit = options === undefined ? undefined : tryAdmission(verifier, options)
  if (byQuery.size >= queryLimit) byQuery.clear()
  byQuery.set(query, admit)
  return admit
}

function tryAdmission(verifier: Verifier, options: RouteOptions): Admit | undefined {
  try {
    return admission(verifier, options)
  } catch {
    return undefined
  }
}

function readQuery(query: string): RouteOptions | undefined {
  const options: { admin?: boolean; scope?: string } = {}
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'admin' && ['', 'true', '1'].includes(value)) options.admin = true
    else if (name === 'scope' && value !== '' && options.scope === undefined) options.scope = value
    else return undefined
  }
  return options
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
