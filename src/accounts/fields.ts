import { type TSchema, Type } from 'typebox'
import { failures } from '../http/envelope.ts'

// The fields and refusals that several routes have.

export const email = Type.String({
  format: 'email',
  examples: ['user@example.com'],
  description: 'Trimmed and converted to lower case.',
})
export const username = Type.String({
  format: 'username',
  examples: ['john-doe'],
  description: '1 to 39 of a-z, 0-9 and single inner hyphens. `null` means none.',
})
export const newPassword = Type.String({
  format: 'password',
  examples: ['correct horse battery'],
  description: '8 to 256 characters, any Unicode. The minimum is a setting.',
})
export const password = Type.String({ minLength: 1, examples: ['correct horse battery'] })

const BadToken = failures(401)[401] as TSchema & { description: string }
export const OwnMismatch = {
  ...BadToken,
  description: `${BadToken.description} Without \`WWW-Authenticate\`: \`email or password does not match\`.`,
}
export const ServiceToken = { ...failures(403)[403], description: 'The token belongs to a service, not to a user.' }
