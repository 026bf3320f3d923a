import type { Settings } from '../config/table.ts'
import { Refusal } from '../refusal.ts'

/** Whose password it is. */
interface Own {
  email: string
  username?: string | null | undefined
}

/** A username of one or two characters is part of too many passwords. */
const leastName_chars = 3

/**
 * Refuses a new password that many people have, or that contains the username or the address of its account or one of
 * PASSWORD_WORDS, if PASSWORD_BLOCKLIST is on. Upper and lower case do not count.
 * @param given the password, by the name of its field
 * @throws Refusal input_invalid
 */
export async function refuseWeakPassword(
  { PASSWORD_BLOCKLIST, PASSWORD_WORDS }: Pick<Settings, 'PASSWORD_BLOCKLIST' | 'PASSWORD_WORDS'>,
  given: Record<string, string>,
  { email, username }: Own,
): Promise<void> {
  if (PASSWORD_BLOCKLIST === 'off') return
  const [[field, password]] = Object.entries(given) as [[string, string]]
  const text = comparable(password)
  const refuse = (why: string) => new Refusal('input_invalid', { errors: { [field]: `${field} ${why}` } })
  if (text.includes(email) || (username && username.length >= leastName_chars && text.includes(username))) {
    throw refuse('must not contain the username or the address of the account')
  }
  const word = PASSWORD_WORDS.find((each) => text.includes(comparable(each)))
  if (word !== undefined) throw refuse(`must not contain ${word}`)
  if ((await commonPasswords()).has(text)) throw refuse('is one of the most common passwords')
}

function comparable(text: string): string {
  return text.normalize('NFC').toLowerCase()
}

let common: Promise<Set<string>> | undefined

/** About 49,000 passwords, loaded when they are needed first. */
function commonPasswords(): Promise<Set<string>> {
  common ??= import('@zxcvbn-ts/language-common').then(
    ({ dictionary }) => new Set(dictionary['passwords-common'].map((each) => each.toLowerCase())),
  )
  return common
}
