import { fullFormats } from 'ajv-formats/dist/formats.js'
import { type Setting, SettingsError } from './kinds.ts'

/** A server that takes messages (RFC 5321, RFC 6409). */
export interface SmtpServer {
  host: string
  port: number
  /** TLS from the first byte. Otherwise STARTTLS, if the server offers it. */
  secure: boolean
  auth?: { user: string; pass: string }
}

const hint = 'in the user and the password, write special characters percent-encoded: # is %23, / is %2F, @ is %40'

function malformed(): SettingsError {
  return new SettingsError(`must be ${smtpUrl.type}`, hint)
}

/** @throws SettingsError whose message follows the name of the setting, and never contains a part of the URL's credentials */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.parse(text)
  if (url === null || !/^smtps?:\/\/[^/?#]+\/?$/.test(text) || url.hostname === '') throw malformed()
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1')
  const port = url.port === '' ? (secure ? 465 : 587) : Number(url.port)
  if (port === 0) throw malformed()
  if (url.username === '' && url.password === '') return { host, port, secure }
  if (url.username === '' || url.password === '') throw malformed()
  return { host, port, secure, auth: { user: decode(url.username), pass: decode(url.password) } }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw malformed()
  }
}

export const smtpUrl = {
  type: 'smtp://user:password@host:port or smtps://…; port 587 or 465 if there is none',
  fallback: () => '',
  fallback_text: 'none',
  meaning:
    'server that takes messages; `smtp` uses STARTTLS if the server offers it, and always where there is a password. Without it, production sends no mail, and other profiles write messages into `MAIL_OUTBOX`',
  parse(url) {
    parseSmtpUrl(url)
    return url
  },
} satisfies Setting<string>

/** A sender: an address, and perhaps a name. */
export interface Mailbox {
  name: string
  address: string
}

const addressForm = fullFormats.email as RegExp

/** @throws SettingsError whose message follows the name of the setting */
export function parseMailbox(text: string): Mailbox {
  const [, name = '', bracketed] = /^([^<>"\p{Cc}]*)<([^<>]*)>$/u.exec(text) ?? []
  const address = bracketed ?? text
  if (!addressForm.test(address) || address.length > 254) throw new SettingsError(`must be ${mailFrom.type}`)
  return { name: name.trim(), address }
}

export const mailFrom = {
  type: 'name@example.com or Name <name@example.com>',
  fallback: () => '',
  fallback_text: 'none',
  meaning: 'sender of messages; required with `SMTP_URL`',
  parse(text) {
    parseMailbox(text)
    return text
  },
} satisfies Setting<string>
