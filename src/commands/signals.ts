/** The signals that end a server. SIGHUP comes when the terminal closes, and from some service managers. */
export const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

export type EndingSignal = (typeof endingSignals)[number]
