// Preloaded (--import) into every measured process. Reports the CPU time and memory of the process over the IPC
// channel, and ends the process when the channel closes. Changes nothing else. The file is JavaScript, because Node's
// type stripper would add 20 MB to the process.
process.on('message', (message) => {
  if (message !== 'usage') return
  const { user, system } = process.cpuUsage()
  process.send?.({ cpu_us: user + system, rss_bytes: process.memoryUsage.rss() })
})
process.on('disconnect', () => process.exit())
