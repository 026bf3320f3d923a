/** Why a verifier has no connection to its server. */
export type ConnectionErrorCode =
  /** The server refuses the credential of the service. */
  | 'credential_refused'
  /** The name of the host cannot be found. */
  | 'host_unknown'
  /** The server does not speak TLS, or its certificate is refused. */
  | 'tls_failed'
  /** What answers at the address is no Latchkey server. */
  | 'not_latchkey'
  /** The server cannot be reached, does not answer, or has no answer for now. */
  | 'unavailable'
  /** The server answers, but a WebSocket to it cannot be opened. */
  | 'websocket_refused'

/** Why a verifier has no connection to its server. `message` says what to do. `cause` is the error or the answer behind it. */
export class ConnectionError extends Error {
  override name = 'ConnectionError'
  readonly code: ConnectionErrorCode

  constructor(code: ConnectionErrorCode, message: string, cause: unknown) {
    super(message, { cause })
    this.code = code
  }
}

/** An answer without the expected content. `path` is the path that was asked. */
export class AnswerError extends Error {
  override name = 'AnswerError'
  /** The HTTP status. */
  readonly status: number

  constructor(path: string, status: number, what: string) {
    super(`${path} answers ${what}`)
    this.status = status
  }
}

/** Statuses that a server, or a proxy in front of it, answers for a while. */
const passing = new Set([408, 425, 429, 500, 502, 503, 504])

/** What tells a kind of failure apart, by the code or the text of an error: Node.js and other runtimes have no common names. */
const kinds: { sign: RegExp; code: ConnectionErrorCode; describe: (server: string) => string }[] = [
  { sign: /TimeoutError/, code: 'unavailable', describe: (server) => `${server} does not answer in time` },
  {
    sign: /redirect/i,
    code: 'not_latchkey',
    describe: (server) => `${server} redirects: give the address that it redirects to, which often begins with https:`,
  },
  {
    sign: /ENOTFOUND|EAI_AGAIN/,
    code: 'host_unknown',
    describe: (server) => `the host name ${new URL(server).hostname} cannot be found`,
  },
  {
    sign: /WRONG_VERSION_NUMBER|ERR_SSL_PACKET/,
    code: 'tls_failed',
    describe: (server) => `${server} does not speak TLS: if that is right, write http: or latchkey+http:`,
  },
  {
    sign: /CERT|_ISSUER|_SIGNATURE|ERR_(TLS|SSL)/,
    code: 'tls_failed',
    describe: (server) => `the TLS certificate of ${server} is refused`,
  },
  {
    sign: /HTTPParserError/,
    code: 'not_latchkey',
    describe: (server) => `${server} is not the address of a Latchkey server: it does not speak HTTP`,
  },
]

/**
 * Names the reason of a failed request.
 * @param server address without a credential
 * @param error what `fetch` has thrown, or an AnswerError
 */
export function explainFailure(server: string, error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error
  if (error instanceof AnswerError) return explainAnswer(server, error)
  const reasons = causesOf(error)
  const { message, code, name } = reasons.at(-1) as NodeJS.ErrnoException
  const text = code === undefined || message.includes(code) ? message || name : `${message || name} (${code})`
  const signs = reasons.map((reason) => `${reason.name} ${(reason as NodeJS.ErrnoException).code} ${reason.message}`)
  const kind = kinds.find(({ sign }) => signs.some((each) => sign.test(each)))
  const what = kind?.describe(server) ?? `${server} cannot be reached`
  return new ConnectionError(kind?.code ?? 'unavailable', `${what} (${text.trim()})`, error)
}

function explainAnswer(server: string, error: AnswerError): ConnectionError {
  if (passing.has(error.status)) {
    return new ConnectionError('unavailable', `${server} is not available for now: ${error.message}`, error)
  }
  return new ConnectionError(
    'not_latchkey',
    `${server} is not the address of a Latchkey server: ${error.message}`,
    error,
  )
}

/** The error and what has caused it, the first cause last. Node.js tries several addresses and gives a list of errors. */
function causesOf(error: unknown): Error[] {
  const found: Error[] = []
  for (let next = error; next instanceof Error && !found.includes(next); ) {
    found.push(next)
    next = next instanceof AggregateError ? next.errors[0] : next.cause
  }
  return found.length > 0 ? found : [new Error(String(error))]
}
