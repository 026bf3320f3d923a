import { type RawBuilder, sql } from 'kysely'

/** The condition that an account of the table `user` is not disabled. @param now milliseconds since 1970 */
export function isEnabled(now: number): RawBuilder<boolean> {
  const user = (column: string) => sql.ref(`user.${column}`)
  return sql<boolean>`(${user('disabled_at')} is null or ${user('disabled_until')} <= ${now})`
}
