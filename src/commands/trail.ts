import { randomUUIDv7 } from 'node:crypto'
import { hostname, userInfo } from 'node:os'
import { readEnvironment } from '../config/reader.ts'
import type { Ports } from '../ports.ts'
import { warn } from './terminal.ts'

/**
 * Leaves a line about what a command has done for the log of a server, because the operator keeps no output of commands. The line
 * also says who ran the command, and from where. A failure does not undo the command, so it is only told.
 * @param command such as `user disable`
 * @param subject ids, and no secret
 */
export async function leaveLine(
  { store, clock }: Pick<Ports, 'store' | 'clock'>,
  command: string,
  subject: Record<string, string | number | undefined>,
): Promise<void> {
  const line = JSON.stringify({ command, ...subject, by: describeOperator() })
  await store.insertInto('command_log').values({ id: randomUUIDv7(), at: clock(), line }).execute().catch(warnUnlogged)
}

/** The command has done its work, but its line could not be left. */
export function warnUnlogged({ message }: Error): void {
  warn(`done, but no server can log it: ${message}`)
}

/** Who runs this command, and from where. */
export function describeOperator() {
  const { SUDO_USER, SSH_CONNECTION } = readEnvironment()
  return { user_name: nameOfUser(), sudo_user: SUDO_USER, host: hostname(), from: SSH_CONNECTION?.split(' ')[0] }
}

/** A container may run under a user id without a name. */
function nameOfUser(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.())
  }
}
