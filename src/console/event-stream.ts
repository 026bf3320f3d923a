import { Readable } from 'node:stream'

/** Events that wait for a console which does not read. The kernel keeps more. */
const maxWaiting_bytes = 16 * 1024

/** The events of one console. */
export interface EventStream {
  stream: Readable
  /** Sends a text, or ends the connection of a console that does not read. After the end, nothing is sent. */
  send: (text: string) => void
  end: () => void
}

export function createEventStream(): EventStream {
  const stream = new Readable({ read() {} })
  let ended = false
  return {
    stream,
    send(text) {
      if (stream.readableLength > maxWaiting_bytes) stream.destroy()
      else if (!ended) stream.push(text)
    },
    end() {
      ended = true
      stream.push(null)
    },
  }
}
