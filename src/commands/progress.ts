import { SingleBar } from 'cli-progress'

/** A shorter work shows no bar. */
const patience_ms = 1000

/** A bar on a terminal. */
export interface Progress {
  /** Counts what is done. */
  add: (more: number) => void
  /** Prints while the bar may be shown. */
  aside: (print: () => void) => void
  stop: () => void
}

/** Shows on a terminal how much of a work is done, if the work takes longer than a second. @param total 0: unknown */
export function showProgress(total: number): Progress {
  const terminal = process.stderr
  const bar = new SingleBar({
    stream: terminal,
    format: '{bar} {percentage}%, {eta_formatted} left',
    barCompleteChar: '#',
    barIncompleteChar: '.',
    clearOnComplete: true,
    hideCursor: false,
  })
  let done = 0
  const timer = setTimeout(() => bar.start(total, done), patience_ms)
  if (!terminal.isTTY || total === 0) clearTimeout(timer)
  return {
    add(more) {
      done += more
      if (bar.isActive) bar.update(Math.min(done, total))
    },
    aside(print) {
      if (bar.isActive) terminal.write('\r\x1b[K')
      print()
    },
    stop() {
      clearTimeout(timer)
      if (bar.isActive) bar.stop()
    },
  }
}
