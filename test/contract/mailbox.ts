import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Store } from '../../src/store/schema.ts'

/** A message, as the person who gets it sees it. */
export interface Mail {
  kind: string
  to: string
  subject: string
  text: string
  /** The whole file. */
  source: string
}

/** A folder that the service writes messages into. */
export interface Mailbox {
  /** For the service. */
  settings: { MAIL_OUTBOX: string }
  /** Waits for the next message to the address that was not returned before. */
  next: (address: string) => Promise<Mail>
  /** Every message that has arrived. */
  all: () => Mail[]
  remove: () => void
}

export function openMailbox(): Mailbox {
  const folder = join(mkdtempSync(join(tmpdir(), 'latchkey-mail-')), 'outbox')
  mkdirSync(folder)
  const seen = new Set<string>()
  const files = () => readdirSync(folder).filter((name) => name.endsWith('.eml'))
  const read = (name: string) => parseMail(name, readFileSync(join(folder, name), 'utf8'))
  const find = (address: string) => {
    for (const name of files().sort()) {
      if (seen.has(name) || read(name).to !== address) continue
      seen.add(name)
      return read(name)
    }
    return undefined
  }
  return {
    settings: { MAIL_OUTBOX: folder },
    async next(address) {
      const watcher = watch(folder)
      try {
        for (;;) {
          const changed = new Promise((resolve) => watcher.once('change', resolve))
          const mail = find(address)
          if (mail !== undefined) return mail
          await changed
        }
      } finally {
        watcher.close()
      }
    },
    all: () => files().map(read),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Reads a message with a plain text in quoted-printable (RFC 2045 §6.7) or 7bit. */
export function parseMail(file: string, source: string): Mail {
  const [head = '', ...parts] = source.replaceAll('\r', '').split('\n\n')
  const header = (name: string) =>
    new RegExp(`^${name}: (.*(?:\\n[ \\t].*)*)`, 'im').exec(head)?.[1]?.replace(/\n[ \t]/g, ' ') ?? ''
  const [, encoding, plain = ''] = /Content-Transfer-Encoding: (\S+)\n\n([\s\S]*?)\n--/.exec(parts.join('\n\n')) ?? []
  const decoded = plain
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, byte) => String.fromCharCode(Number.parseInt(byte, 16)))
  const text = encoding === 'quoted-printable' ? decoded : plain
  const kind = file.replace(/^[0-9a-f-]{36}-|\.eml$/g, '')
  return { kind, to: header('To'), subject: header('Subject'), text, source }
}

/** The secret in the link of a message. */
export function tokenIn({ text }: Mail): string {
  const [, token] = /#token=([A-Za-z0-9_-]+)/.exec(text) ?? []
  if (token === undefined) throw new Error(`no link in: ${text}`)
  return token
}

/** Waits until no message is left in the queue. */
export async function drained(store: Store): Promise<void> {
  for (;;) {
    const row = await store.selectFrom('mail_message').select('id').executeTakeFirst()
    if (row === undefined) return
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
