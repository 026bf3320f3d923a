/** A message that is complete. */
export interface Letter {
  /** Unique, and the same at each attempt, so that a mailbox can tell a repeated message. */
  id: string
  kind: string
  recipient: string
  subject: string
  text: string
  html: string
  /** The link in the message, if there is one. */
  link?: string | undefined
}

/** Sends messages. */
export interface Mailer {
  /** Resolves when the next server has taken the message. @throws MailError */
  send: (letter: Letter) => Promise<void>
  close: () => void
}

/**
 * Why a message was not sent. `server`: the server cannot be used now, so other messages will fail too. `later`: the server
 * refuses this message for now. `never`: the server refuses this message for good.
 */
export class MailError extends Error {
  override name = 'MailError'
  readonly scope: 'server' | 'later' | 'never'

  constructor(message: string, scope: 'server' | 'later' | 'never') {
    super(message)
    this.scope = scope
  }
}
