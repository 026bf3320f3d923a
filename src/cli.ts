import { randomBytes } from 'node:crypto'
import { Command, Option } from 'commander'
import {
  parseFile,
  parseGrace,
  parseLife,
  parseRow,
  parseTime,
  parseWorkers,
  refuseEmptyTexts,
} from './commands/arguments.ts'
import type { GateOptions } from './commands/gate.ts'
import { errorLine, fail, print } from './commands/terminal.ts'
import { overrideSetting, readSettings } from './config/reader.ts'
import type { Settings } from './config/table.ts'
import { version } from './version.ts'

// A command is loaded when it runs, so that `--help` does not load a database driver.
const users = () => import('./commands/user.ts')
const tokens = () => import('./commands/token.ts')
const keys = () => import('./commands/key.ts')
const services = () => import('./commands/service.ts')
const audits = () => import('./commands/audit.ts')
const db = () => import('./commands/db.ts')
const imports = () => import('./commands/import.ts')

let verbose = false

function report(error: unknown): void {
  fail(error, verbose)
}

/** Returns the action of a command. `act` gets the settings and then the arguments. */
function run<A extends unknown[]>(act: (settings: Settings, ...given: A) => Promise<void>) {
  return async (...given: A) => {
    const settings = readSettings()
    verbose = settings.LOG_LEVEL === 'debug' || settings.LOG_LEVEL === 'trace'
    await act(settings, ...given)
  }
}

function addUserCommands(program: Command): void {
  const user = program.command('user').description('accounts')
  const account = ['<name>', 'e-mail address or username'] as const
  const fromStdin = ['--password-stdin', 'read the password from stdin instead of prompting'] as const
  user
    .command('add')
    .description('create an account; prompts for its password')
    .argument('<email>')
    .option('--username <name>', 'a second name to log in with')
    .option('--admin', 'make the account an administrator')
    .option(...fromStdin)
    .action(run(async (settings, email: string, options: object) => (await users()).add(settings, email, options)))
  user
    .command('invite')
    .description('create an account; its owner sets the password with a link')
    .argument('<email>')
    .option('--username <name>', 'a second name to log in with')
    .option('--admin', 'make the account an administrator')
    .action(run(async (settings, email: string, options: object) => (await users()).invite(settings, email, options)))
  user
    .command('list')
    .description('list accounts')
    .option('--json', 'print JSON')
    .action(run(async (settings, options: object) => (await users()).list(settings, options)))
  user
    .command('password')
    .description('set a new password and revoke every token of the account')
    .argument(...account)
    .option(...fromStdin)
    .action(run(async (settings, given: string, options: object) => (await users()).password(settings, given, options)))
  const simple = (name: 'disable' | 'enable' | 'promote' | 'demote', description: string) =>
    user
      .command(name)
      .description(description)
      .argument(...account)
      .action(run(async (settings, given: string) => (await users())[name](settings, given)))
  simple('disable', 'refuse logins and revoke every token of the account')
  simple('enable', 'allow logins again')
  simple('promote', 'make the account an administrator from the next login on')
  simple('demote', 'remove administrator rights and revoke every token of the account')
  user
    .command('factors')
    .description('second factors')
    .command('reset')
    .description('remove every second factor and revoke every token of the account')
    .argument(...account)
    .option('--yes', 'do not ask')
    .action(
      run(async (settings, given: string, options: object) =>
        (await users()).resetUserFactors(settings, given, options),
      ),
    )
  user
    .command('delete')
    .description('delete the account and revoke every token; widgets stay, without an owner')
    .argument(...account)
    .option('--yes', 'do not ask')
    .action(run(async (settings, given: string, options: object) => (await users()).remove(settings, given, options)))
}

function addTokenCommands(program: Command): void {
  const token = program.command('token').description('tokens')
  token
    .command('create')
    .description('make a named token for a program of an account, and print it once')
    .argument('<name>', 'e-mail address or username of the account')
    .requiredOption('--description <text>', 'what the token is for')
    .option('--expires-in <seconds>', 'how long the token lives (default: 30 days)', parseLife)
    .option('--scope <scopes>', 'what the token may do, such as: widgets:read tokens:read')
    .option('--json', 'print JSON')
    .action(
      run(async (settings, name: string, options: { description: string; expiresIn?: number }) => {
        const { expiresIn, ...naming } = options
        await (await tokens()).create(settings, name, {
          ...naming,
          ...(expiresIn !== undefined && { expires_in: expiresIn }),
        })
      }),
    )
  token
    .command('list')
    .description('list the live tokens of an account or of a service')
    .argument('[name]', 'e-mail address or username of an account')
    .option('--service <id>', 'list the tokens of this service')
    .option('--json', 'print JSON')
    .action(
      run(async (settings, name: string | undefined, options: object) =>
        (await tokens()).list(settings, name, options),
      ),
    )
  token
    .command('revoke')
    .description('revoke one token, or all tokens of an account or of a service')
    .argument('[id]', 'ID in the output of token list')
    .option('--user <name>', 'revoke all tokens of this account')
    .option('--service <id>', 'revoke all tokens of this service')
    .action(
      run(async (settings, id: string | undefined, options: object) => (await tokens()).revoke(settings, id, options)),
    )
}

function addKeyCommands(program: Command): void {
  const key = program.command('key').description('signing keys')
  key
    .command('list')
    .description('list signing keys')
    .option('--json', 'print JSON')
    .action(run(async (settings, options: object) => (await keys()).list(settings, options)))
  key
    .command('rotate')
    .description('sign with a new key; previous keys remain valid until their last token expires')
    .action(run(async (settings) => (await keys()).rotate(settings)))
  key
    .command('revoke')
    .description('revoke a leaked key and every token that it signed')
    // A thumbprint may begin with a hyphen.
    .allowUnknownOption()
    .argument('<kid>', 'KID in the output of key list')
    .action(run(async (settings, kid: string) => (await keys()).revoke(settings, kid)))
}

function addServiceCommands(program: Command): void {
  const service = program.command('service').description('other programs that accept tokens')
  const json = ['--json', 'print JSON'] as const
  const id = ['<id>', 'CLIENT ID in the output of service list'] as const
  service
    .command('add')
    .description('register a service and print its credentials once')
    .argument('<name>')
    .addOption(new Option('--may <right>', 'allow the service to do more').choices(['revoke-users']))
    .option(...json)
    .action(run(async (settings, name: string, options: object) => (await services()).add(settings, name, options)))
  service
    .command('list')
    .description('list services')
    .option(...json)
    .action(run(async (settings, options: object) => (await services()).list(settings, options)))
  service
    .command('rotate')
    .description('give a service a new secret and print it once')
    .argument(...id)
    .option('--grace <seconds>', 'how long the secret before counts too', parseGrace, 0)
    .option(...json)
    .action(
      run(async (settings, id: string, options: { grace: number }) => (await services()).rotate(settings, id, options)),
    )
  service
    .command('remove')
    .description('remove a service and revoke every token of the service')
    .argument(...id)
    .option(...json)
    .action(run(async (settings, id: string, options: object) => (await services()).remove(settings, id, options)))
}

function addGateCommand(program: Command): void {
  program
    .command('gate')
    .description('check tokens for gateways and other programs')
    .option('--server <url>', 'address of the Latchkey server (default: that of LATCHKEY_URL)')
    .option('--listen <address>', 'HOST:PORT or unix:PATH', '127.0.0.1:5001')
    .option('--credential-file <file>', 'a latchkey:// URL, or the output of service add --json')
    .addOption(new Option('--on-stale <what>', 'without a lease').choices(['ask', 'refuse']).default('ask'))
    .action(async (options: GateOptions) => {
      // biome-ignore lint/style/noProcessEnv: a gate has no settings of a server
      await (await import('./commands/gate.ts')).gate(options, process.env)
    })
}

function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the audit trail')
  audit
    .command('verify')
    .description('verify the chain, and name the first row that does not fit')
    .option('--known <row>', 'a row that says that the seal did not fit, and whose reason you know', parseRow, [])
    .action(run(async (settings, options: { known: number[] }) => (await audits()).verify(settings, options)))
  audit
    .command('export')
    .description('print the rows as JSON lines, the oldest first')
    .option('--since <time>', 'from this time on, such as 2030-01-31T12:00:00Z', parseTime)
    .action(run(async (settings, options: { since?: number }) => (await audits()).exportRows(settings, options)))
}

function addDbCommands(program: Command): void {
  const database = program.command('db').description('the database')
  database
    .command('migrate')
    .description('bring the schema up to date')
    .action(run(async (settings) => (await db()).migrate(settings)))
  database
    .command('reset')
    .description('delete everything and revoke every token')
    .option('--yes', 'do not ask')
    .action(run(async (settings, options: object) => (await db()).reset(settings, options)))
}

function addImportCommands(program: Command): void {
  const accounts = program.command('import').description('accounts of other systems; their passwords stay valid')
  const add = (name: 'users' | 'flask', description: string) =>
    accounts
      .command(name)
      .description(description)
      .argument('<file>', 'path of the file', parseFile)
      .option('--dry-run', 'say what would be imported, and change nothing')
      .action(run(async (settings, file: string, options: object) => (await imports())[name](settings, file, options)))
  add('users', 'import accounts from a file with one JSON object a line (docs/migrating.md)')
  add('flask', "import accounts and widgets from the SQLite file of one of the two tutorials' programs")
}

/** Commander's own `help` knows commands of one word only. */
function addHelpCommand(program: Command): void {
  program
    .command('help')
    .description('display help for a command, such as: help user add')
    .argument('[command...]')
    .action((words: string[]) => {
      const child = (parent: Command, word: string): Command =>
        parent.commands.find((command) => command.name() === word) ??
        parent.error(`error: there is no command '${words.join(' ')}'`)
      words.reduce(child, program).outputHelp()
    })
}

function createProgram(): Command {
  const program = new Command('latchkey')
    .description('JWTs you can take back.')
    .version(version, '--version')
    .exitOverride()
    .helpCommand(false)
    .showHelpAfterError('  see latchkey --help')
    .configureOutput({ outputError: (text, write) => write(errorLine(text.replace(/^error: /, ''))) })
  program
    .command('serve')
    .description('run the service')
    .option('--workers <n>', 'processes that share the port, each a node of the fleet (PostgreSQL)', parseWorkers)
    .option('--port <n>', 'overrides the setting PORT')
    .option('--host <address>', 'overrides the setting HOST')
    .action(async (options: { workers?: number; port?: string; host?: string }) => {
      if (options.port !== undefined) overrideSetting('PORT', options.port)
      if (options.host !== undefined) overrideSetting('HOST', options.host)
      await run(async (settings) => (await import('./commands/serve.ts')).serve(settings, options, report))()
    })
  addGateCommand(program)
  addUserCommands(program)
  addTokenCommands(program)
  addKeyCommands(program)
  addServiceCommands(program)
  addAuditCommands(program)
  addDbCommands(program)
  addImportCommands(program)
  program
    .command('backup')
    .description('copy the database into a new file; servers may run')
    .argument('<file>', 'path of the new file', parseFile)
    .action(run(async (settings, file: string) => (await import('./commands/backup.ts')).backup(settings, file)))
  program
    .command('restore')
    .description('restore a backup and revoke every token')
    .argument('<file>', 'path of the backup', parseFile)
    .option('--yes', 'do not ask')
    .action(
      run(async (settings, file: string, options: object) =>
        (await import('./commands/restore.ts')).restore(settings, file, options),
      ),
    )
  program
    .command('fleet')
    .description('list the nodes that share the database')
    .option('--json', 'print JSON')
    .action(run(async (settings, options: object) => (await import('./commands/fleet.ts')).fleet(settings, options)))
  program
    .command('routes')
    .description('list the routes of the API and who may call them')
    .option('--json', 'print JSON')
    .action(run(async (settings, options: object) => (await import('./commands/routes.ts')).routes(settings, options)))
  program
    .command('settings')
    .description('list the settings in effect, and where each value comes from')
    .option('--json', 'print JSON, with the accepted values and the meaning of each setting')
    .option('--markdown', 'print the table of docs/settings.md')
    .action(
      run(async (settings, options: object) =>
        (await import('./commands/settings.ts')).showSettings(settings, options),
      ),
    )
  program
    .command('secret')
    .description('print a new random value for LATCHKEY_SECRET')
    .action(() => print(randomBytes(32).toString('base64url')))
  addHelpCommand(program)
  refuseEmptyTexts(program)
  return program
}

process.on('uncaughtException', (error) => {
  report(error)
  process.exit()
})
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // EPIPE: the reader of the output has closed the pipe.
  if (code !== 'EPIPE') report(new Error(`the output cannot be written (${code})`))
  process.exit()
})
await createProgram()
  .parseAsync()
  .catch((error) => {
    report(error)
    // A failed command may have left a connection open that would keep the process alive.
    if (process.exitCode !== 0) process.stderr.write('', () => process.exit())
  })
