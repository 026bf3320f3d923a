import { Refusal } from '../refusal.ts'
import type { TokenClaims } from '../revocation/entry.ts'
import type { Streams } from './streams.ts'

/** One console, as its events see it. */
interface Following {
  claims: TokenClaims
  /** Decides about the console's token again. @throws Refusal */
  check: () => Promise<unknown>
  /** Sends a text in the format of server-sent events. */
  send: (text: string) => void
  end: () => void
}

/** How soon a node that cannot tell about a token asks again. */
const retry_ms = 1000

/**
 * Sends the events of one console until its token counts no more.
 * @returns ends the following. Undefined: too many consoles are open
 */
export function followToken(streams: Streams, { claims, check, send, end }: Following): (() => void) | undefined {
  let checking = false
  let again = false
  let closed = false
  let retry: NodeJS.Timeout | undefined
  const changed = async () => {
    again = true
    if (checking) return
    checking = true
    while (again) {
      again = false
      const why = await check().then(() => undefined, reasonOf)
      // A console that was closed in the meantime is asked about no more.
      if (closed) return
      if (again) continue
      if (why === 'unknown') {
        clearTimeout(retry)
        retry = setTimeout(changed, retry_ms)
      } else if (why === undefined) send('event: changed\ndata:\n\n')
      else {
        send(`event: ended\ndata: ${why}\n\n`)
        return end()
      }
    }
    checking = false
  }
  const close = streams.open({ claims, changed: () => void changed(), beat: () => send(':\n\n') })
  if (close === undefined) return undefined
  send('event: open\ndata:\n\n')
  return () => {
    closed = true
    clearTimeout(retry)
    close()
  }
}

/** Why the token counts no more. `unknown`: the node cannot tell now. */
function reasonOf(error: unknown): 'revoked' | 'expired' | 'invalid' | 'unknown' {
  const code = error instanceof Refusal ? error.code : undefined
  if (code === 'token_revoked') return 'revoked'
  if (code === 'token_expired') return 'expired'
  return code === 'token_invalid' ? 'invalid' : 'unknown'
}
