/** Every kind of message, which is also the name of its templates. `link`: the message contains a link with a secret. */
export const messageKinds = {
  'password-reset': { link: true },
  invitation: { link: true },
  'verify-address': { link: true },
  'change-address': { link: true },
  'address-changed': { link: false },
  'address-in-use': { link: false },
  'password-changed': { link: false },
  'new-login': { link: false },
  'factor-added': { link: false },
  'factor-removed': { link: false },
  'recovery-code-used': { link: false },
} as const

export type MessageKind = keyof typeof messageKinds

export function isMessageKind(kind: string): kind is MessageKind {
  return Object.hasOwn(messageKinds, kind)
}

/** What the templates of a message may show, beside the names that every message has. */
export interface About {
  /** What has happened, as ISO 8601. */
  time?: string
  /** Where from: an IP address. */
  ip?: string
  /** With what, such as `Firefox on Linux`. */
  device?: string
  /** Which second factor. */
  factor?: string
  /** The other address of a change. */
  other_email?: string
}

/** A message to queue. Never contains a secret. */
export interface NewMessage {
  kind: MessageKind
  /** The address that the message is for. */
  recipient: string
  /** The account that the message is about. Missing: the account that has the address when the message is sent. */
  user_id?: string
  about?: About
}

/** What a message needs when it is sent. */
export interface Prepared {
  recipient: string
  values: Partial<Record<TemplateName, string>>
}

/** The names that a template may use, as `{{name}}`. */
export const templateNames = [
  'link',
  'token',
  'email',
  'username',
  'service',
  'public_url',
  'time',
  'ip',
  'device',
  'factor',
  'other_email',
] as const

export type TemplateName = (typeof templateNames)[number]
