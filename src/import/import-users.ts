import type { Ports } from '../ports.ts'
import { insertUsers, selectSame } from './records.ts'
import { Flaw, type ImportedUser, type UserEntry } from './user.ts'

/** Entries of the file in one transaction, so that servers beside the import wait for a few milliseconds only. */
const batchSize = 500
/** An attempt fails only if an account of the batch is registered or deleted at the same moment. */
const maxAttempts = 10

/** What an import has done. */
export interface Totals {
  imported: number
  /** Of those that were imported. */
  administrators: number
  /** Were in the database already. */
  present: number
  skipped: number
}

/** Where in the file each address, username and id was first. */
export interface Places {
  find: (key: string) => string | undefined
  add: (key: string, place: string) => void
}

export interface ImportOptions {
  /** Look, and change nothing. */
  dryRun: boolean
  places: Places
  /** Is told each entry that is skipped, in the order of the file. */
  onSkip: (place: string, reason: string) => void
}

/**
 * Imports accounts, a batch in each transaction. An account whose id is in the database is left as it is, so a second import, also
 * of a file whose first import was cut off, adds only what is missing.
 * @param totals counts what is done, so that the caller knows it also if this throws
 */
export async function importUsers(
  ports: Ports,
  entries: AsyncIterable<UserEntry>,
  options: ImportOptions,
  totals: Totals,
): Promise<void> {
  let batch: UserEntry[] = []
  for await (const entry of entries) {
    batch.push({ place: entry.place, user: refuseRepeated(entry, options) })
    if (batch.length < batchSize) continue
    await importBatch(ports, batch, options, totals)
    batch = []
  }
  await importBatch(ports, batch, options, totals)
}

function refuseRepeated({ place, user }: UserEntry, { places }: ImportOptions): ImportedUser | Flaw {
  if (user instanceof Flaw) return user
  const names = Object.entries({ email: user.email, username: user.username, public_id: user.id })
  for (const [field, value] of names) {
    const first = value === null ? undefined : places.find(`${field} ${value}`)
    if (first !== undefined) return new Flaw(`${field}: ${value} is in ${first} too`)
  }
  for (const [field, value] of names) if (value !== null) places.add(`${field} ${value}`, place)
  return user
}

async function importBatch(ports: Ports, batch: UserEntry[], options: ImportOptions, totals: Totals): Promise<void> {
  const outcomes = await decide(ports, batch, options)
  for (const { place, user } of batch) {
    const outcome = user instanceof Flaw ? user : outcomes.get(user)
    if (outcome instanceof Flaw) {
      totals.skipped++
      options.onSkip(place, outcome.reason)
    } else {
      totals[outcome ?? 'present']++
      if (outcome === 'imported') totals.administrators += (user as ImportedUser).admin
    }
  }
}

type Outcome = 'imported' | 'present' | Flaw

/** Decides about each account, and inserts those that are missing. */
async function decide(
  ports: Ports,
  batch: UserEntry[],
  { dryRun }: ImportOptions,
): Promise<Map<ImportedUser, Outcome>> {
  const outcomes = new Map<ImportedUser, Outcome>()
  let left = batch.flatMap(({ user }) => (user instanceof Flaw ? [] : [user]))
  for (let attempt = 0; attempt < maxAttempts && left.length > 0; attempt++) {
    const compare = comparator(await selectSame(ports.store, left))
    for (const user of left) outcomes.set(user, compare(user))
    const missing = left.filter((user) => outcomes.get(user) === 'imported')
    if (dryRun || missing.length === 0) return outcomes
    const inserted = await ports.store.transaction().execute((trx) => insertUsers(trx, missing, ports.clock()))
    left = missing.filter(({ id }) => !inserted.has(id))
  }
  for (const user of left) outcomes.set(user, new Flaw('the account is being changed by other programs'))
  return outcomes
}

/** @param same the accounts in the database */
function comparator(same: { id: string; email: string; username: string | null }[]): (user: ImportedUser) => Outcome {
  const ids = new Set(same.map(({ id }) => id))
  const emails = new Set(same.map(({ email }) => email))
  const usernames = new Set(same.map(({ username }) => username))
  return ({ id, email, username }) => {
    if (ids.has(id)) return 'present'
    if (emails.has(email)) return new Flaw(`email: ${email} is already registered`)
    if (username !== null && usernames.has(username)) return new Flaw(`username: ${username} is already registered`)
    return 'imported'
  }
}
