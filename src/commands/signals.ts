/** The signals that end a server. SIGHUP comes when the terminal closes, and from some service managers. */
export const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

export type EndingSignal = (typeof endingSignals)[number]

/** How often a program that npm has started looks whether its shell still runs. */
const look_ms = 500

/**
 * Ends this process as SIGTERM does when the shell that npm has started it in is gone: npm passes a signal to the shell, and the
 * shell ends without passing the signal on. A script that puts the program into the background with `&` wants it to outlive the
 * shell. On Windows a process does not see the end of its parent.
 * @param environment of the process
 */
export function endWithShellOfNpm({ npm_lifecycle_script: script }: Partial<Record<string, string>>): void {
  if (script === undefined || /(?<!&)&(?!&)/.test(script) || process.platform === 'win32') return
  const shell = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === shell) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, look_ms).unref()
}
