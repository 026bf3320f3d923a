import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Client } from '../tokens/client.ts'
import type { Prepared } from '../tokens/issue.ts'
import { issueNamed, type Naming } from '../tokens/named.ts'
import { requireVerified, rightsOf } from './issue-login.ts'
import { isDisabled, lockUser, type UserRow, updateUser } from './records.ts'

/**
 * Makes a named token for an account, as the operator asks. The rules are those of a token that the owner would make after a login.
 * @param user the account as it was read
 * @throws Refusal input_invalid for a scope that is unknown or wider than the owner's rights; account_disabled,
 *   address_not_verified, factor_missing, too_many_named_tokens, write_conflict, logins_unavailable
 */
export async function giveToken(ports: Ports, user: UserRow, naming: Naming, client: Client): Promise<Prepared> {
  const { id, email } = user
  if (isDisabled(user, ports.clock())) throw new Refusal('account_disabled', { subject: email })
  requireVerified(ports, user)
  const rights: ReturnType<typeof rightsOf> = rightsOf(ports, user)
  if (rights.scope !== undefined) throw new Refusal('factor_missing')
  // After a restore the log may know a higher generation than the user's row.
  const generation = Math.max(user.generation, ports.revocation.generation(id))
  return issueNamed(ports, { sub: id, gen: generation, admin: rights.admin }, naming, client, async (trx) => {
    // To disable the account, or to take rights or factors from it, raises the generation.
    if ((await lockUser(trx, id))?.generation !== user.generation)
      throw new Refusal('write_conflict', { subject: email })
    await updateUser(trx, id, { generation })
  })
}
