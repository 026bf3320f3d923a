import { type TSchema, Type } from 'typebox'
import { failures } from '../http/envelope.ts'

const BadToken = failures(401)[401] as TSchema & { description: string }

/** The refusal of a request that has to prove again who sends it. */
export const OwnMismatch = {
  ...BadToken,
  description: `${BadToken.description} Without \`WWW-Authenticate\`: \`email or password does not match\` for a wrong \`password\` or \`code\`, or \`second factor required\` with \`factors\` for a missing \`code\`.`,
}

export const LoginOnly = { ...failures(403)[403], description: 'The token is a named one, or belongs to a service.' }

/**
 * One of several fields is required, and an error names the first. Generators of types read `anyOf` inside `allOf` correctly, but
 * not beside `properties`. Without a type they would make `unknown` of the field, which also accepts `undefined`.
 */
export const either = (fields: Record<string, 'string' | 'object'>) => ({
  allOf: [{ anyOf: Object.entries(fields).map(having) }],
})
const having = ([field, type]: [string, string]) => ({
  type: 'object',
  properties: { [field]: { type } },
  required: [field],
})

export const password = Type.String({ minLength: 1, examples: ['correct horse battery'] })

const bytes = Type.String({ minLength: 1, description: 'base64url' })
const answered = { id: bytes, rawId: bytes, type: Type.Literal('public-key') }

/** `RegistrationResponseJSON` of Web Authentication Level 3, as far as Latchkey reads it. */
export const NewCredential = Type.Object(
  {
    ...answered,
    response: Type.Object({
      clientDataJSON: bytes,
      attestationObject: bytes,
      transports: Type.Optional(Type.Array(Type.String({ maxLength: 32 }), { maxItems: 16 })),
    }),
  },
  { title: 'the answer of navigator.credentials.create, as JSON' },
)

/** `AuthenticationResponseJSON` of Web Authentication Level 3, as far as Latchkey reads it. */
export const UsedCredential = Type.Object(
  {
    ...answered,
    response: Type.Object({
      clientDataJSON: bytes,
      authenticatorData: bytes,
      signature: bytes,
      userHandle: Type.Optional(bytes),
    }),
  },
  { title: 'the answer of navigator.credentials.get, as JSON' },
)

/** What proves a second factor in a request that has to prove again who sends it. */
export const factorFields = {
  code: Type.Optional(
    Type.String({
      minLength: 1,
      examples: ['123456'],
      description: 'Of the authenticator app, or a recovery code. It counts once.',
    }),
  ),
  credential: Type.Optional(UsedCredential),
}

/** One of these proves it. */
export const freshness = either({ password: 'string', code: 'string', credential: 'object' })

/** The body of a request that has to prove again who sends it. */
export const Fresh = Type.Object(
  { password: Type.Optional(password), ...factorFields },
  {
    ...freshness,
    description:
      'The `password`; or once a second factor is in force, a `code`, or the `credential` of a passkey (options: `POST /auth/login/passkey/options`). Then the password is not looked at.',
  },
)
