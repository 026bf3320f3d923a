import { KeyError } from '../../keys/keys.ts'
import { revokeKey } from '../../keys/revoke.ts'
import { type Rotation, rotateKeys } from '../../keys/rotate.ts'
import type { Ports } from '../../ports.ts'
import { Refusal } from '../../refusal.ts'
import type { Receipt } from '../../revocation/revocation.ts'

/** @throws Refusal key_conflict if the servers sign with a file, or cannot open the next key */
export async function rotate(ports: Ports): Promise<Rotation> {
  const rotation = await rotateKeys(ports).catch((error: unknown) => {
    throw error instanceof KeyError ? new Refusal('key_conflict', { subject: error.message }) : error
  })
  await ports.keys.reload()
  ports.log.info({ ...rotation }, 'the signing key was rotated')
  return rotation
}

/** @throws Refusal key_not_found, revocation_unconfirmed */
export async function revoke(ports: Ports, kid: string): Promise<Receipt & { tokens: number }> {
  return revokeKey(ports, kid).catch((error: unknown) => {
    throw error instanceof KeyError ? new Refusal('key_not_found') : error
  })
}
