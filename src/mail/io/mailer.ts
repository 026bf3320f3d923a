import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createTransport, type Transporter } from 'nodemailer'
import type { Logger } from 'pino'
import { type Mailbox, parseMailbox, parseSmtpUrl, type SmtpServer } from '../../config/smtp-url.ts'
import type { Settings } from '../../config/table.ts'
import { type Letter, MailError, type Mailer } from '../mailer.ts'

/** Connections to the server at once. */
export const maxConnections = 4
const connect_ms = 10_000
/** How long the server may be silent. */
const silence_ms = 20_000

/** Opens the way that messages take: the server in SMTP_URL, or without one the folder MAIL_OUTBOX. */
export function openMailer(settings: Settings, log: Logger): Mailer {
  const from = parseMailbox(settings.MAIL_FROM || 'Latchkey <latchkey@localhost.localdomain>')
  if (settings.SMTP_URL === '') return createOutbox(settings.MAIL_OUTBOX, from, log)
  return createSmtpMailer(parseSmtpUrl(settings.SMTP_URL), from)
}

function createSmtpMailer({ host, port, secure, auth }: SmtpServer, from: Mailbox): Mailer {
  const transport = createTransport({
    pool: true,
    maxConnections,
    host,
    port,
    secure,
    ...(auth && { auth }),
    // A password must not travel in clear text. To a server on this machine it does not travel.
    requireTLS: auth !== undefined && !isLoopback(host),
    connectionTimeout: connect_ms,
    greetingTimeout: connect_ms,
    socketTimeout: silence_ms,
    dnsTimeout: connect_ms,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    async send(letter) {
      try {
        await transport.sendMail(compose(letter, from))
      } catch (error) {
        throw classify(error as SmtpError)
      }
    },
    close: () => transport.close(),
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** The recipient goes into the envelope as it is stored: no library reads another address out of it. */
function compose({ id, recipient, subject, text, html }: Letter, from: Mailbox) {
  return {
    from,
    to: { name: '', address: recipient },
    envelope: { from: from.address, to: [recipient] },
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    subject,
    text,
    html,
    // RFC 3834: programs must not answer.
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

/** What nodemailer tells of a failure. */
interface SmtpError extends Error {
  code?: string
  responseCode?: number
  /** The answer of the server, which stands in the message too. */
  response?: string
  command?: string
}

/** The text of an answer may contain the address, and may be long, so an error has only its code. */
function classify({ message, code = 'unknown', responseCode, response, command = '' }: SmtpError): MailError {
  if (response !== undefined && responseCode === undefined) {
    return new MailError(`${code}: the answer of the server to ${command} has no code`, 'server')
  }
  if (responseCode === undefined) return new MailError(`${code}: ${message}`, 'server')
  const why = `the server answered ${responseCode} to ${command}`
  if (!/^(RCPT TO|DATA)$/.test(command)) return new MailError(why, 'server')
  return new MailError(why, responseCode >= 500 ? 'never' : 'later')
}

/** Writes each message into a file of its own, and its link into the log, for people who develop. */
function createOutbox(folder: string, from: Mailbox, log: Logger): Mailer {
  const transport: Transporter = createTransport({ streamTransport: true, buffer: true })
  return {
    async send(letter) {
      const { message } = await transport.sendMail(compose(letter, from))
      mkdirSync(folder, { recursive: true, mode: 0o700 })
      const file = join(folder, `${letter.id}-${letter.kind}.eml`)
      writeFileSync(`${file}.tmp`, message, { mode: 0o600 })
      renameSync(`${file}.tmp`, file)
      log.info({ file, link: letter.link }, 'a message was written into MAIL_OUTBOX')
    },
    close: () => transport.close(),
  }
}
