/**
 * Does something now and again, while the page is shown and visible.
 * @param {number} pause_ms between two times
 * @param {() => Promise<unknown>} act
 * @returns {() => void} ends it
 */
export function every(pause_ms, act) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer
  let ended = false
  const run = async () => {
    // A page that cannot read now reads again later.
    if (document.visibilityState === 'visible') await act().catch(() => {})
    if (!ended) timer = setTimeout(run, pause_ms)
  }
  void run()
  return () => {
    ended = true
    clearTimeout(timer)
  }
}
