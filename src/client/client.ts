import createFetchClient, { type Client as FetchClient } from 'openapi-fetch'
import type { components, paths } from './openapi.ts'

export type { components, paths } from './openapi.ts'

/** The body of a refusal. */
export type Failure = components['schemas']['Failure']

/** The body of an unexpected server error. */
export type Fault = components['schemas']['Fault']

/** A client of one Latchkey service: `GET`, `POST`, `PUT` and `DELETE`, typed by the paths of the OpenAPI document. */
export type Client = FetchClient<paths>

export interface ClientOptions {
  /** The address of the service without a path, for example `https://auth.example.com`. */
  baseUrl: string
  /**
   * The access token, or a function that returns the current one before each request. Without a token a request has no
   * `Authorization` header. A header of a single call takes precedence.
   */
  token?: string | (() => string | undefined | Promise<string | undefined>) | undefined
  /** Sends the requests. Default: the global `fetch`. */
  fetch?: ((request: Request) => Promise<Response>) | undefined
}

/**
 * Creates a client of the API. Each call resolves to `{ data, error, response }`. `error` is the body of a refusal, and is
 * undefined if the call succeeded. A call rejects only if there was no answer.
 */
export function createClient({ baseUrl, token, fetch }: ClientOptions): Client {
  const client = createFetchClient<paths>({ baseUrl, ...(fetch && { fetch }) })
  client.use({
    async onRequest({ request }) {
      if (request.headers.has('authorization')) return
      const text = typeof token === 'function' ? await token() : token
      // RFC 6750 §2.1
      if (text) request.headers.set('authorization', `Bearer ${text}`)
    },
  })
  return client
}
