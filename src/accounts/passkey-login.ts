import type { UsedCredential } from '../credentials/passkey.ts'
import { checkPasskey, findOwner, offerUse, type PasskeyOwner } from '../credentials/passkeys/use.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import type { Client } from '../tokens/client.ts'
import type { Issued } from '../tokens/issue.ts'
import { noteLimit } from '../tokens/note-limit.ts'
import { checkGuess } from './guess.ts'
import { issueLogin, type LoginAccount, requireVerified } from './issue-login.ts'
import { finishLogin, requireHolder } from './second-step.ts'

/**
 * Makes the options of a login with a passkey: of any account, or as the second step of the ticket's account. Each counts as a login
 * of the network, because each leaves a row.
 * @throws Refusal passkeys_unavailable, ticket_invalid, too_many_from_address; and those of too many failures
 */
export async function offerPasskeyLogin(ports: Ports, ticket: string | undefined, client: Client) {
  await ports.throttle.offer(client.network).catch(noteLimit(ports, client))
  return offerUse(ports, ticket === undefined ? undefined : (await requireHolder(ports, ticket, client)).id)
}

/**
 * Issues a token for a passkey: with a ticket as the second step, and without one as the whole login, because the authenticator has
 * verified its user.
 * @throws Refusal passkey_mismatch, address_not_verified; as `finishLogin` with a ticket, and as `logIn` without one
 */
export async function logInWithPasskey(
  ports: Ports,
  { ticket, credential }: { ticket?: string | undefined; credential: UsedCredential },
  client: Client,
): Promise<Issued> {
  const check = async (userId: string) => (await checkPasskey(ports, userId, credential)) ?? 'passkey_mismatch'
  if (ticket !== undefined) return finishLogin(ports, ticket, client, check)
  const owner = await findOwner(ports, credential, client.network)
  const account = owner === undefined ? { name: JSON.stringify({ passkey: credential.id }) } : { id: owner.id }
  const guess = { account, known: owner !== undefined && owner.known !== null, client }
  const { user, proof } = await checkGuess(ports, guess, async () => {
    if (owner === undefined) return 'passkey_mismatch'
    const proof = await check(owner.id)
    return typeof proof === 'string' ? proof : { user: owner, proof }
  })
  requireVerified(ports, asAccount(user))
  // The options have counted for the network.
  await ports.throttle.succeed(user.id).catch(noteLimit(ports, client, user.id))
  return issueLogin(ports, asAccount(user), client, {
    again: async () => asAccount(await findOwner(ports, credential, client.network)),
    by: proof.by,
    async spend(trx) {
      if (!(await proof.spend(trx))) throw new Refusal('passkey_mismatch')
    },
  })
}

/** A login without a password leaves the password's hash as it is. @throws Refusal passkey_mismatch */
function asAccount(owner: PasskeyOwner | undefined): LoginAccount {
  if (owner === undefined) throw new Refusal('passkey_mismatch')
  return { ...owner, renewed_hash: owner.password_hash }
}
