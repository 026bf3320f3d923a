import {
  changePassword,
  deleteUser,
  demoteUser,
  disableUser,
  enableUser,
  promoteUser,
  resetFactors,
} from '../accounts/change-account.ts'
import { inviteUser } from '../accounts/invite.ts'
import { accountNameOf, nameFormats, normalizeEmail } from '../accounts/names.ts'
import { findUser, selectUsers, type UserRow } from '../accounts/records.ts'
import { addUser } from '../accounts/register.ts'
import type { Settings } from '../config/table.ts'
import { factorsOf } from '../credentials/factor.ts'
import { passwordFormats } from '../credentials/password.ts'
import { findInvalid } from '../format.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { askNewPassword, confirm } from './prompt.ts'
import { type Column, CommandError, count, iso, print, printList } from './terminal.ts'
import { leaveLine } from './trail.ts'
import { withPorts } from './with-ports.ts'

/** Creates an account. */
export async function add(
  settings: Settings,
  email: string,
  options: { username?: string; admin?: true; passwordStdin?: true },
): Promise<void> {
  const { username, admin = false } = options
  refuseInvalid(settings, { email, ...(username !== undefined && { username }) })
  const id = await withPorts(settings, async (ports) => {
    const input = { email, username, password: await askValidPassword(settings, options) }
    const user = await addUser(ports, input, admin)
    await leaveLine(ports, admin ? 'user add --admin' : 'user add', { user })
    return user
  })
  print(`${normalizeEmail(email)} is registered${admin ? ' as an administrator' : ''}, public_id ${id}`)
}

/** Creates an account whose owner sets the password with a link. */
export async function invite(
  settings: Settings,
  email: string,
  options: { username?: string; admin?: true },
): Promise<void> {
  const { username, admin = false } = options
  refuseInvalid(settings, { email, ...(username !== undefined && { username }) })
  const { id, link } = await withPorts(settings, async (ports) => {
    const invited = await inviteUser(ports, { email, username }, admin)
    await leaveLine(ports, admin ? 'user invite --admin' : 'user invite', { user: invited.id })
    return invited
  })
  print(`${normalizeEmail(email)} is invited${admin ? ' as an administrator' : ''}, public_id ${id}`)
  print(link === undefined ? 'a server will send the message' : `give this link to the owner of the address: ${link}`)
}

/** Sets a new password and revokes every token of the account. */
export function password(settings: Settings, name: string, options: { passwordStdin?: true }): Promise<void> {
  return withUser(settings, 'password', name, async (ports, user) => {
    const { tokens } = await changePassword(ports, user.id, await askValidPassword(settings, options))
    return `${user.email} has a new password; ${count(tokens, 'token')} revoked`
  })
}

export function disable(settings: Settings, name: string): Promise<void> {
  return withUser(settings, 'disable', name, async (ports, user) => {
    const { tokens } = await disableUser(ports, user.id)
    return `${user.email} is disabled; ${count(tokens, 'token')} revoked`
  })
}

export function enable(settings: Settings, name: string): Promise<void> {
  return withUser(settings, 'enable', name, async (ports, user) => {
    await enableUser(ports, user.id)
    return `${user.email} may log in`
  })
}

export function promote(settings: Settings, name: string): Promise<void> {
  return withUser(settings, 'promote', name, async (ports, user) => {
    await promoteUser(ports, user.id)
    return `${user.email} is an administrator from the next login on`
  })
}

export function demote(settings: Settings, name: string): Promise<void> {
  return withUser(settings, 'demote', name, async (ports, user) => {
    const { tokens } = await demoteUser(ports, user.id)
    return `${user.email} is no longer an administrator; ${count(tokens, 'token')} revoked`
  })
}

/** Removes every second factor of a person who has lost them. The password alone is enough for the next login. */
export function resetUserFactors(settings: Settings, name: string, options: { yes?: true }): Promise<void> {
  return withUser(settings, 'factors reset', name, async (ports, user) => {
    if (!options.yes) await confirm(`This removes every second factor of ${user.email}.`)
    const { tokens } = await resetFactors(ports, user.id)
    return `${user.email} has no second factor; ${count(tokens, 'token')} revoked`
  })
}

/** Deletes an account for ever. Its widgets stay, without an owner. */
export function remove(settings: Settings, name: string, options: { yes?: true }): Promise<void> {
  return withUser(settings, 'delete', name, async (ports, user) => {
    if (!options.yes) await confirm(`This deletes the account ${user.email} for ever.`)
    const { tokens } = await deleteUser(ports, user.id)
    return `${user.email} is deleted; ${count(tokens, 'token')} revoked`
  })
}

export async function list(settings: Settings, options: { json?: true }): Promise<void> {
  const users = await withPorts(settings, ({ store }) => selectUsers(store))
  printList(users.map(describe), columns, options)
}

function describe(user: UserRow) {
  return {
    email: user.email,
    username: user.username,
    public_id: user.id,
    admin: user.admin === 1,
    factors: factorsOf(user.factors),
    disabled_at: iso(user.disabled_at),
    last_login_at: iso(user.last_login_at),
    created_at: iso(user.created_at),
  }
}

const columns: Column<ReturnType<typeof describe>>[] = [
  ['EMAIL', (user) => user.email],
  ['USERNAME', (user) => user.username],
  ['PUBLIC ID', (user) => user.public_id],
  ['ADMIN', (user) => (user.admin ? 'yes' : null)],
  ['DISABLED', (user) => user.disabled_at],
  ['LAST LOGIN', (user) => user.last_login_at],
  ['CREATED', (user) => user.created_at],
]

/** Runs a command on one account and prints the sentence that `act` returns. */
async function withUser(
  settings: Settings,
  command: string,
  name: string,
  act: (ports: Ports, user: UserRow) => Promise<string>,
): Promise<void> {
  const sentence = await withPorts(settings, async (ports) => {
    const user = await requireUser(ports, name)
    const sentence = await act(ports, user)
    await leaveLine(ports, `user ${command}`, { user: user.id })
    return sentence
  })
  print(sentence)
}

/** Finds an account by its e-mail address or its username. @throws CommandError if there is none */
export async function requireUser({ store }: Ports, given: string): Promise<UserRow> {
  const name = accountNameOf(given.trim())
  const user = await findUser(store, name)
  if (user === undefined) throw new CommandError(`${Object.values(name)[0]} is not registered`)
  return user
}

function askValidPassword(settings: Settings, options: { passwordStdin?: true }): Promise<string> {
  return askNewPassword(options.passwordStdin ?? false, (password) => refuseInvalid(settings, { password }))
}

/**
 * Checks the same rules, with the same messages, as the API.
 * @throws Refusal input_invalid
 */
function refuseInvalid(settings: Settings, input: Record<string, string>): void {
  const errors = findInvalid(input, { ...nameFormats, ...passwordFormats(settings.PASSWORD_MIN_LENGTH) })
  if (Object.keys(errors).length > 0) throw new Refusal('input_invalid', { errors })
}
