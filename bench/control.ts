// Preloaded (--import) into every process that is measured: answers for its use of processor and memory when asked over
// the IPC channel, and leaves when whoever measures is gone. Nothing else of the process is changed.
import type { Usage } from './processes.ts'

process.on('message', (message) => {
  if (message !== 'usage') return
  const { user, system } = process.cpuUsage()
  const usage: Usage = { cpu_us: user + system, rss_bytes: process.memoryUsage.rss() }
  process.send?.(usage)
})
process.on('disconnect', () => process.exit())
