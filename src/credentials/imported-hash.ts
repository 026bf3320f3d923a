/**
 * The hash of a password that another system has made. The password is hashed as it was typed, because other systems do not
 * normalise passwords. Better Auth does (NFKC).
 */
export type ImportedHash =
  | {
      kind: 'argon2'
      variant: 'argon2d' | 'argon2i' | 'argon2id'
      memory_kib: number
      passes: number
      lanes: number
      salt: Buffer
      tag: Buffer
    }
  | { kind: 'scrypt'; n: number; r: number; p: number; salt: Buffer; tag: Buffer; nfkc?: true }
  | { kind: 'pbkdf2'; digest: Digest; iterations: number; salt: Buffer; tag: Buffer }
  | { kind: 'bcrypt'; hash: string; prehash?: Prehash }

/** What bcrypt gets in place of the password: the digest in hexadecimal (Django), or in base64 (Passlib, version 2 with a key). */
export type Prehash = { encoding: 'hex' } | { encoding: 'base64'; key?: string }

/** The bytes of each digest. */
const digests = { sha1: 20, sha224: 28, sha256: 32, sha384: 48, sha512: 64 } as const
type Digest = keyof typeof digests

const maxText_chars = 1024
/** Each limit is 1 to 1.5 s of work. A login with an imported hash must not occupy the queue of hashes for longer. */
const limits = {
  memory_kib: 256 * 1024,
  argon2_kib_passes: 1024 * 1024,
  /** More than one lane needs a new thread for each lane in each quarter of a pass (RFC 9106 §3.4), whatever the memory is. */
  argon2_lanes: 64,
  argon2_lane_passes: 1024,
  scrypt_nrp: 2 ** 21,
  /** With a large r or p, and a small N, the same product takes longer. */
  scrypt_rp: 64,
  pbkdf2_blocks: 3_000_000,
  bcrypt_cost: 14,
}
const leastTag_bytes = 16
const mostTag_bytes = 128

const base64 = '[A-Za-z0-9+/]+={0,2}'
/** Passlib's alphabet has a point in place of the plus sign. */
const adapted64 = '[A-Za-z0-9./]+'
const hex = '(?:[0-9a-f]{2})+'
/** The salt is a text. */
const plain = '[^$]+'

/** A number of this name. */
const number = (name: string) => String.raw`(?<${name}>\d{1,10})`
/** The salt and the hash in these alphabets. */
const saltAndTag = (salt: string, tag: string) => String.raw`(?<salt>${salt})\$(?<tag>${tag})`
const digest = '(?<digest>sha1|sha224|sha256|sha384|sha512)'
const bcrypt = String.raw`(?<hash>\$2[aby]\$\d\d\$[./A-Za-z0-9]{53})`
const passlibBcrypt = saltAndTag('[./A-Za-z0-9]{22}', '[./A-Za-z0-9]{31}')

type Parts = Record<string, string>
const ofText = (text = '') => Buffer.from(text)
const ofBase64 = (text = '') => Buffer.from(text, 'base64')
const ofAdapted64 = (text = '') => Buffer.from(text.replaceAll('.', '+'), 'base64')
const ofHex = (text = '') => Buffer.from(text, 'hex')

/** Each format, and how to read its parts. */
const formats: [form: string, read: (parts: Parts) => ImportedHash][] = [
  [bcrypt, readBcrypt],
  // Django
  [String.raw`bcrypt\$${bcrypt}`, readBcrypt],
  [String.raw`bcrypt_sha256\$${bcrypt}`, (parts) => ({ ...readBcrypt(parts), prehash: { encoding: 'hex' } })],
  [
    String.raw`pbkdf2_${digest}\$${number('i')}\$${saltAndTag(plain, base64)}`,
    (parts) => readPbkdf2(parts, ofText, ofBase64),
  ],
  [
    String.raw`scrypt\$${number('n')}\$(?<salt>${plain})\$${number('r')}\$${number('p')}\$(?<tag>${base64})`,
    (parts) => readScrypt(parts, ofText, ofBase64),
  ],
  // PHC, and with `argon2` in front Django
  [
    String.raw`(?:argon2)?\$(?<variant>argon2(?:id|i|d))\$v=19\$m=${number('m')},t=${number('t')},p=${number('p')}\$${saltAndTag(base64, base64)}`,
    readArgon2,
  ],
  [
    String.raw`\$pbkdf2-${digest}\$i=${number('i')}(?:,l=\d{1,3})?\$${saltAndTag(base64, base64)}`,
    (parts) => readPbkdf2(parts, ofBase64, ofBase64),
  ],
  // PHC and Passlib
  [
    String.raw`\$scrypt\$ln=(?<ln>\d{1,2}),r=${number('r')},p=${number('p')}\$${saltAndTag(base64, base64)}`,
    (parts) => readScrypt({ ...parts, n: String(2 ** Number(parts.ln)) }, ofBase64, ofBase64),
  ],
  // Passlib
  [
    String.raw`\$pbkdf2(?:-${digest})?\$${number('i')}\$${saltAndTag(adapted64, adapted64)}`,
    (parts) => readPbkdf2(parts, ofAdapted64, ofAdapted64),
  ],
  [
    String.raw`\$bcrypt-sha256\$(?<version>2[ab]),(?<cost>\d{1,2})\$${passlibBcrypt}`,
    (parts) => ({ ...readPasslibBcrypt(parts), prehash: { encoding: 'base64' } }),
  ],
  [
    String.raw`\$bcrypt-sha256\$v=2,t=(?<version>2[ab]),r=(?<cost>\d{1,2})\$${passlibBcrypt}`,
    (parts) => ({ ...readPasslibBcrypt(parts), prehash: { encoding: 'base64', key: parts.salt ?? '' } }),
  ],
  // Werkzeug
  [String.raw`pbkdf2:${digest}:${number('i')}\$${saltAndTag(plain, hex)}`, (parts) => readPbkdf2(parts, ofText, ofHex)],
  [
    String.raw`scrypt:${number('n')}:${number('r')}:${number('p')}\$${saltAndTag(plain, hex)}`,
    (parts) => readScrypt(parts, ofText, ofHex),
  ],
  // Better Auth: the hexadecimal digits themselves are the salt.
  [
    '(?<salt>[0-9a-f]{32}):(?<tag>[0-9a-f]{128})',
    (parts) => ({ ...readScrypt({ ...parts, n: '16384', r: '16', p: '1' }, ofText, ofHex), nfkc: true }),
  ],
]

const readers = formats.map(([form, read]) => [new RegExp(`^${form}$`), read] as const)

/**
 * Reads a hash in the format of bcrypt, PHC, Passlib, Django, Werkzeug or Better Auth.
 * @returns why Latchkey cannot use the hash, in words that follow the name of the field and that do not contain the hash
 */
export function readImportedHash(text: string): ImportedHash | string {
  if (text.length <= maxText_chars) {
    for (const [form, read] of readers) {
      const parts = form.exec(text)
      if (parts === null) continue
      const hash = read({ ...parts.groups })
      return findFlaw(hash) ?? hash
    }
  }
  return explainUnknown(text)
}

function explainUnknown(text: string): string {
  if (text === '' || text.startsWith('!') || text.startsWith('*')) return 'marks an account without a usable password'
  if (/^(argon2)?\$argon2(id|i|d)\$(?!v=19\$)/.test(text)) return 'is argon2 of a version before 1.3 (v=19)'
  return 'has an unknown format'
}

function findFlaw(hash: ImportedHash): string | undefined {
  if (hash.kind === 'bcrypt') {
    const cost = Number(hash.hash.slice(4, 6))
    return cost >= 4 && cost <= limits.bcrypt_cost ? undefined : 'has a cost that Latchkey does not accept'
  }
  const { salt, tag } = hash
  if (tag.length < leastTag_bytes || tag.length > mostTag_bytes) return 'has a length that Latchkey does not accept'
  if (hash.kind === 'argon2' && salt.length < 8) return 'has a salt that is too short'
  return isBearable(hash) ? undefined : 'has a cost that Latchkey does not accept'
}

function isBearable(hash: Exclude<ImportedHash, { kind: 'bcrypt' }>): boolean {
  if (hash.kind === 'argon2') {
    const { memory_kib, passes, lanes } = hash
    // RFC 9106 §3.1
    if (passes < 1 || lanes < 1 || memory_kib < 8 * lanes) return false
    if (lanes > limits.argon2_lanes || (lanes > 1 && lanes * passes > limits.argon2_lane_passes)) return false
    return memory_kib <= limits.memory_kib && memory_kib * passes <= limits.argon2_kib_passes
  }
  if (hash.kind === 'scrypt') {
    const { n, r, p } = hash
    // RFC 7914 §2
    if (r < 1 || p < 1 || n < 2 || !Number.isInteger(Math.log2(n))) return false
    if (r > limits.scrypt_rp || p > limits.scrypt_rp) return false
    return (n * r) / 8 <= limits.memory_kib && n * r * p <= limits.scrypt_nrp
  }
  const blocks = Math.ceil(hash.tag.length / digests[hash.digest])
  return hash.iterations >= 1 && hash.iterations * blocks <= limits.pbkdf2_blocks
}

type ToBytes = (text?: string) => Buffer

function readArgon2({ variant, m, t, p, salt, tag }: Parts): ImportedHash {
  const cost = { memory_kib: Number(m), passes: Number(t), lanes: Number(p) }
  return { kind: 'argon2', variant: variant as 'argon2id', ...cost, salt: ofBase64(salt), tag: ofBase64(tag) }
}

/** Passlib names no digest for SHA-1. */
function readPbkdf2({ digest = 'sha1', i, salt, tag }: Parts, ofSalt: ToBytes, ofTag: ToBytes): ImportedHash {
  return { kind: 'pbkdf2', digest: digest as Digest, iterations: Number(i), salt: ofSalt(salt), tag: ofTag(tag) }
}

function readScrypt({ n, r, p, salt, tag }: Parts, ofSalt: ToBytes, ofTag: ToBytes) {
  return { kind: 'scrypt', n: Number(n), r: Number(r), p: Number(p), salt: ofSalt(salt), tag: ofTag(tag) } as const
}

function readBcrypt({ hash = '' }: Parts) {
  return { kind: 'bcrypt', hash } as const
}

function readPasslibBcrypt({ version, cost = '', salt, tag }: Parts) {
  return readBcrypt({ hash: `$${version}$${cost.padStart(2, '0')}$${salt}${tag}` })
}
