import { Type } from 'typebox'

// The fields that several routes have.

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
