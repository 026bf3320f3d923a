// Preloaded (--import) into a command. Prints the peak of its resident memory when the command ends.
import { existsSync, readFileSync } from 'node:fs'

// On Linux, `maxRSS` includes the memory of the process that started this one, as it was at the start.
const status = '/proc/self/status'
const peak_kib = () =>
  existsSync(status)
    ? /^VmHWM:\s+(\d+)/m.exec(readFileSync(status, 'utf8'))?.[1]
    : process.resourceUsage().maxRSS
process.on('exit', () => process.stderr.write(`\npeak ${peak_kib()} KiB\n`))
