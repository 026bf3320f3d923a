// Preloaded (--import) into every process that is measured: answers for its use of processor and memory when asked over
// the IPC channel, and leaves when whoever measures is gone. Nothing else of the process is changed. JavaScript, so that it
// does not bring Node's type stripper (20 MB) into a process that does without.
process.on('message', (message) => {
  if (message !== 'usage') return
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu_us: user + system, rss_bytes: process.memoryUsage.rss() })
})
process.on('disconnect', () => process.exit())
