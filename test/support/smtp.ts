import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'

/** A message that the server has accepted. */
export interface Delivered {
  from: string
  to: string[]
  source: string
  /** Whether the message came over TLS. */
  secure: boolean
  /** Who has logged in. */
  user: string | undefined
}

/** What a test wants of the server. Each function may throw an error with a `responseCode`. */
export interface Behaviour {
  onRecipient?: (address: string) => void
  /** Called before the message is accepted. */
  onMessage?: (message: Delivered) => Promise<void> | void
  /** A name and a password that clients have to know. */
  login?: { user: string; pass: string }
  tls?: { key: string; cert: string }
  /** TLS from the first byte. */
  secure?: boolean
  port?: number
}

export interface SmtpTestServer {
  port: number
  delivered: Delivered[]
  /** Waits until so many messages were accepted. */
  until: (count: number) => Promise<Delivered[]>
  /** Ends every connection too. */
  close: () => Promise<void>
}

/** An answer of the server other than `250`. */
export function answer(responseCode: number): Error {
  return Object.assign(new Error(`answer ${responseCode}`), { responseCode })
}

/** Starts an SMTP server on a port of 127.0.0.1. Without `tls` the server offers no STARTTLS. */
export async function startSmtp(behaviour: Behaviour = {}): Promise<SmtpTestServer> {
  const { onRecipient = () => {}, onMessage = () => {}, login, tls, secure = false, port = 0 } = behaviour
  const delivered: Delivered[] = []
  let changed = Promise.withResolvers<void>()
  const server = new SMTPServer({
    secure,
    ...tls,
    disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(login ? [] : ['AUTH'])],
    allowInsecureAuth: true,
    closeTimeout: 1,
    onAuth({ username, password }, _session, done) {
      if (username === login?.user && password === login?.pass) done(null, { user: username as string })
      else done(answer(535))
    },
    onRcptTo({ address }, _session, done) {
      attempt(() => onRecipient(address)).then(() => done(), done)
    },
    onData(stream, { envelope, secure, user }, done) {
      let source = ''
      stream.on('data', (chunk) => {
        source += chunk
      })
      stream.on('end', () => {
        const { mailFrom, rcptTo } = envelope
        const message = {
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          source,
          secure,
          user: user as string | undefined,
        }
        attempt(() => onMessage(message)).then(() => {
          delivered.push(message)
          done()
          changed.resolve()
          changed = Promise.withResolvers()
        }, done)
      })
    },
  })
  server.on('error', () => {})
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  return {
    port: (server.server.address() as AddressInfo).port,
    delivered,
    async until(count) {
      while (delivered.length < count) await changed.promise
      return delivered
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

async function attempt(act: () => Promise<void> | void): Promise<void> {
  await act()
}

/** Makes a certificate for `localhost`, `127.0.0.1` and `0.0.0.0`, which signs itself. */
export function makeCertificate(): { key: string; cert: string } {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-certificate-'))
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const names = 'subjectAltName=DNS:localhost,IP:127.0.0.1,IP:0.0.0.0'
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost', '-addext', names]
    execFileSync('openssl', [...args, '-keyout', key, '-out', cert], { stdio: 'ignore' })
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
