// Preloaded (--import) into a command. Prints the peak of its resident memory when the command ends.
process.on('exit', () => process.stderr.write(`\npeak ${process.resourceUsage().maxRSS} KiB\n`))
