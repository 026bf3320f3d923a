import type { TokenClaims } from '../revocation/entry.ts'

/** A console that follows what happens to its user's tokens. */
export interface Watcher {
  /** Of the console's own token. */
  claims: TokenClaims
  /** Something may have happened to the tokens or to the account of the user. */
  changed: () => void
  /** Keeps the connection open. */
  beat: () => void
}

/** The consoles that are open on this node. */
export interface Streams {
  /** @returns ends the watching. Undefined: the user, or this process, has as many consoles as it may have */
  open: (watcher: Watcher) => (() => void) | undefined
  /** The log has ended this token. */
  tokenEnded: (jti: string) => void
  /** The log has ended the user's tokens, or the account has changed, or another process has made a token. */
  userChanged: (userId: string) => void
  /** This process has made a token for the user. */
  tokenMade: (userId: string) => void
  /** Everything may have changed. */
  allChanged: () => void
  size: () => number
}

/** What the streams need. */
interface Needs {
  /** Returns the owners of the tokens, without repetition. */
  findOwners: (jtis: readonly string[]) => Promise<string[]>
  /** Reads what other processes have written. Called several times a second while a console is open. */
  look: (claims: TokenClaims) => Promise<unknown>
  /** Tells the other nodes that the user has a new token. */
  announce: (userId: string) => void
  /** Milliseconds since 1970. */
  clock: () => number
}

/** Bounds of the open consoles: of one user, and of this process. */
const maxOfUser = 50
const max = 10_000
/** Ended tokens that one statement finds the owners of. */
const batch = 500
/** More ended tokens than these wait for no owner: every console looks again. */
const maxEnded = 10_000
/** How soon a console learns what another process has written to a file, and that its token has expired. */
const look_ms = 100
/** Proxies and the server close a connection that is silent for longer. */
const beat_ms = 15_000

/**
 * Tells open consoles what ends. An entry of the log names a token and not its owner, so one statement asks for the owners of
 * the tokens that were ended in the meantime. A node without an open console asks nothing.
 */
export function createStreams({ findOwners, look, announce, clock }: Needs): Streams {
  const watchers = new Map<string, Set<Watcher>>()
  let size = 0
  let ended: string[] = []
  let asking = false
  let timer: NodeJS.Timeout | undefined
  let beaten_at = performance.now()

  const every = function* () {
    for (const some of watchers.values()) yield* some
  }
  const allChanged = () => {
    for (const watcher of every()) watcher.changed()
  }
  const userChanged = (userId: string) => {
    for (const watcher of watchers.get(userId) ?? []) watcher.changed()
  }
  const ask = async () => {
    asking = true
    while (ended.length > 0) {
      const jtis = ended.splice(0, batch)
      // A console asks the server again, and shows what the server says.
      await findOwners(jtis).then((owners) => owners.forEach(userChanged), allChanged)
    }
    asking = false
  }
  const tick = () => {
    const now = clock()
    for (const watcher of every()) if (watcher.claims.exp * 1000 <= now) watcher.changed()
    const [first] = every()
    // A node that cannot read answers 503 to the next request of a console, and the console says so.
    if (first !== undefined) look(first.claims).catch(() => {})
    if (performance.now() - beaten_at < beat_ms) return
    beaten_at = performance.now()
    for (const watcher of every()) watcher.beat()
  }
  return {
    open(watcher) {
      const own = watchers.get(watcher.claims.sub) ?? new Set()
      if (own.size >= maxOfUser || size >= max) return undefined
      watchers.set(watcher.claims.sub, own.add(watcher))
      size++
      timer ??= setInterval(tick, look_ms)
      return () => {
        if (!own.delete(watcher)) return
        if (own.size === 0) watchers.delete(watcher.claims.sub)
        if (--size > 0) return
        clearInterval(timer)
        timer = undefined
        ended = []
      }
    },
    tokenEnded(jti) {
      if (size === 0) return
      for (const watcher of every()) if (watcher.claims.jti === jti) watcher.changed()
      if (ended.length === maxEnded) {
        ended = []
        return allChanged()
      }
      ended.push(jti)
      if (!asking) void ask()
    },
    userChanged,
    tokenMade(userId) {
      userChanged(userId)
      announce(userId)
    },
    allChanged,
    size: () => size,
  }
}
