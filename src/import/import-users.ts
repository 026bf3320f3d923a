import type { Ports } from '../ports.ts'
import { type ImportOptions, importBatches, type Outcome, type Totals, tellImport, writeMissing } from './batches.ts'
import { type Entry, Flaw } from './entry.ts'
import { type AccountNames, insertUsers, selectSameUsers, selectServiceIds } from './records.ts'
import type { ImportedUser } from './user.ts'

/** What happened to the accounts. `administrators`: of those that were imported. */
export type UserTotals = Totals & { administrators: number }

/** Returns the key under which an import notes the accounts of the file that are in the database now. */
export function accountKey(id: string): string {
  return `account ${id}`
}

/**
 * Imports accounts, a batch in each transaction. An account whose id is in the database is left as it is, so a second import, also
 * of a file whose first import was cut off, adds only what is missing.
 */
export function importUsers(
  ports: Ports,
  entries: AsyncIterable<Entry<ImportedUser>>,
  options: ImportOptions,
  totals: UserTotals,
): Promise<void> {
  const decide = async (users: ImportedUser[]) => {
    const outcomes = await writeMissing(
      users,
      options,
      async (left) => comparator(await selectSameUsers(ports.store, left), await selectServiceIds(ports.store, left)),
      (missing) =>
        ports.store.transaction().execute(async (trx) => {
          const inserted = await insertUsers(trx, missing, ports.clock())
          const administrators = missing.filter(({ id, admin }) => admin === 1 && inserted.has(id)).length
          const done = { accounts: inserted.size, administrators }
          if (inserted.size > 0) await tellImport(trx, ports, options, 'accounts.imported', done)
          return inserted
        }),
    )
    for (const [user, outcome] of outcomes) {
      if (outcome === 'imported') totals.administrators += user.admin
      if (!(outcome instanceof Flaw)) options.places.add(accountKey(user.id), '')
    }
    return outcomes
  }
  return importBatches(refuseRepeated(entries, options), decide, options, totals)
}

async function* refuseRepeated(
  entries: AsyncIterable<Entry<ImportedUser>>,
  { places }: ImportOptions,
): AsyncGenerator<Entry<ImportedUser>> {
  for await (const { place, item } of entries) {
    const names = item instanceof Flaw ? [] : namesOf(item)
    const [repeated] = names.filter(([field, value]) => places.find(`${field} ${value}`) !== undefined)
    if (repeated === undefined) {
      for (const [field, value] of names) places.add(`${field} ${value}`, place)
      yield { place, item }
    } else {
      const [field, value] = repeated
      yield { place, item: new Flaw(`${field}: ${value} is in ${places.find(`${field} ${value}`)} too`) }
    }
  }
}

function namesOf({ email, username, id }: ImportedUser): [field: string, value: string][] {
  return [
    ['email', email],
    ...(username === null ? [] : [['username', username] as [string, string]]),
    ['public_id', id],
  ]
}

/** @param same the accounts in the database. @param services ids of services */
function comparator(same: AccountNames[], services: Set<string>): (user: ImportedUser) => Outcome {
  const ids = new Set(same.map(({ id }) => id))
  const emails = new Set(same.map(({ email }) => email))
  const usernames = new Set(same.map(({ username }) => username))
  return ({ id, email, username }) => {
    if (ids.has(id)) return 'present'
    if (services.has(id)) return new Flaw(`public_id: ${id} belongs to a service`)
    if (emails.has(email)) return new Flaw(`email: ${email} is already registered`)
    if (username !== null && usernames.has(username)) return new Flaw(`username: ${username} is already registered`)
    return 'imported'
  }
}
