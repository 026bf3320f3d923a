import { Command } from 'commander'
import { serve } from './commands/serve.ts'
import { version } from './version.ts'

const program = new Command('latchkey').description('JWTs you can take back.').version(version)
program.command('serve').description('run the service').action(serve)
await program.parseAsync()
