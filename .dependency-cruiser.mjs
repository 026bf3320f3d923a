// The rules for imports in src, checked by `npm run check`. ARCHITECTURE.md explains the rooms and the kinds of file.
// test/layers plants a violation of each rule.

/** Values and rules: no I/O, no clock, no ports. */
const nouns = [
  'accounts/names',
  'audit/row',
  'config/(table|kinds|postgres-url|smtp-url)',
  'console/(cookie|files)',
  'credentials/(factor|hasher|imported-hash|imported-password|link|passkey|password|recovery-code|relying-party|secret|throttle|totp|vault)',
  'http/page',
  'import/(entry|user|widget)',
  'mail/(mailer|message|templates)',
  'keys/(announcement|keyring|keys|remembered)',
  'oauth/metadata',
  'revocation/(revocation|entry)',
  'services/service',
  'tokens/(authenticate|canonical|claims|client|identity|sign|usage|verify)',
  'widgets/(deadline|widget)',
]
const noun = `^src/(${nouns.join('|')})\\.ts$`
const records = '(^|/)records\\.ts$'
const routes = '/routes\\.ts$'
/** The implementations of ports. */
const io = '^src/([a-z]+/io|revocation/(postgres|sqlite))/'

const atRunTime = { dependencyTypesNot: ['type-only'] }

/** Each room, and the rooms that it may name, in any way. Every room may name the files at the top of src. */
const rooms = {
  config: [],
  store: ['config'],
  http: [],
  operation: ['config'],
  revocation: ['store', 'audit', 'operation'],
  keys: ['store', 'revocation', 'audit', 'config', 'http'],
  audit: ['store', 'http'],
  mail: ['store', 'operation', 'config'],
  credentials: ['store', 'revocation', 'audit', 'config', 'mail'],
  tokens: ['store', 'revocation', 'keys', 'audit', 'http', 'operation'],
  accounts: ['store', 'revocation', 'tokens', 'credentials', 'audit', 'mail', 'http'],
  widgets: ['store', 'tokens', 'http'],
  services: ['store', 'revocation', 'credentials', 'tokens', 'audit', 'http'],
  admin: ['accounts', 'services', 'tokens', 'keys', 'audit', 'revocation', 'http'],
  client: [],
  verifier: ['tokens', 'keys', 'revocation', 'http'],
  gate: ['verifier', 'tokens'],
  console: ['tokens', 'revocation', 'http', 'client'],
  oauth: ['accounts', 'services', 'tokens', 'http'],
  import: ['accounts', 'audit', 'credentials', 'store', 'tokens', 'widgets'],
}

/** Beyond `rooms`, and why. */
const sanctioned = {
  // Housekeeping deletes what has expired, in every room.
  'src/operation/housekeeping.ts': ['accounts', 'audit', 'credentials', 'keys', 'revocation', 'tokens'],
}

const roomRules = Object.entries(rooms).map(([room, lower]) => ({
  name: `${room}-knows-only-rooms-below`,
  comment: 'Imports point one way, also those of types.',
  severity: 'error',
  from: { path: `^src/${room}/`, pathNot: Object.keys(sanctioned) },
  to: { path: `^src/[a-z0-9]+/`, pathNot: `^src/(${[room, ...lower].join('|')})/` },
}))

const sanctionedRules = Object.entries(sanctioned).map(([path, more]) => ({
  name: `${path.split('/').at(-1)?.replace('.ts', '')}-knows-only-its-rooms`,
  severity: 'error',
  from: { path: `^${path}$` },
  to: { path: `^src/[a-z0-9]+/`, pathNot: `^src/(${[path.split('/')[1], ...more].join('|')})/` },
}))

const forbidden = [
  {
    name: 'no-circle',
    comment: 'At run time. Types may refer to each other inside a room, and to Ports.',
    severity: 'error',
    from: { path: '^src/' },
    to: { circular: true, viaOnly: { ...atRunTime } },
  },
  ...roomRules,
  ...sanctionedRules,
  {
    name: 'rooms-know-the-top-of-src-only-by-its-leaves',
    comment: 'ports.ts is the one exception: a use case names everything that it may touch by the type Ports.',
    severity: 'error',
    from: { path: '^src/[a-z0-9]+/', pathNot: '^src/commands/' },
    to: { path: '^src/[a-z0-9.-]+\\.ts$', pathNot: '^src/(refusal|format|cache|ports|version)\\.ts$' },
  },
  {
    name: 'leaves-know-nothing',
    severity: 'error',
    from: { path: '^src/(refusal|format|cache|v8)\\.ts$' },
    to: { path: '^src/' },
  },
  {
    name: 'ports-and-schema-are-types-only',
    severity: 'error',
    from: { path: '^src/(ports|cache|store/schema|keys/keys|credentials/hasher|revocation/revocation)\\.ts$' },
    to: { ...atRunTime },
  },
  {
    name: 'http-is-a-toolkit',
    comment: 'http/ knows no room and no ports.',
    severity: 'error',
    from: { path: '^src/http/' },
    to: { path: '^src/', pathNot: '^src/(http/|(refusal|format)\\.ts$)' },
  },
  {
    name: 'only-http-and-routes-name-fastify',
    comment: 'tokens/guard.ts is the guard of every scope. The adapter of the verifier extends types.',
    severity: 'error',
    from: {
      path: '^src/',
      pathNot: `^src/(http/|tokens/guard\\.ts|verifier/fastify\\.ts|app\\.ts|latchkey\\.ts|commands/routes\\.ts)|${routes}`,
    },
    to: { path: '^node_modules/(@fastify/|fastify/)' },
  },
  {
    name: 'commands-start-without-fastify',
    comment: 'latchkey.ts and commands/routes.ts hand its types on. A start of a command must not load it.',
    severity: 'error',
    from: { path: '^src/(latchkey|commands/routes)\\.ts$' },
    to: { path: '^node_modules/(@fastify/|fastify/)', ...atRunTime },
  },
  {
    name: 'only-store-loads-a-database',
    comment: 'An import reads SQLite files of other programs.',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/(store|import/io)/' },
    to: { path: '^(node_modules/(pg|kysely/dist/[a-z/]*migration)/|node:sqlite$|sqlite$)', ...atRunTime },
  },
  {
    name: 'only-records-load-the-query-builder',
    severity: 'error',
    from: { path: '^src/', pathNot: `^src/store/|${records}` },
    to: { path: '^node_modules/kysely/', ...atRunTime },
  },
  {
    name: 'a-noun-loads-values-only',
    comment:
      'Nouns, jose and node:crypto; and the libraries that know browsers, addresses, cookies, one-time codes and QR codes.',
    severity: 'error',
    from: { path: noun },
    to: {
      path: '.',
      pathNot: `${noun}|^src/(refusal|format)\\.ts$|^node_modules/(jose|bowser|ajv-formats|otpauth|uqr)/|^cookie$|^(node:)?(crypto|util|net|os)$`,
      ...atRunTime,
    },
  },
  {
    name: 'the-protocol-is-pure',
    comment: 'The simulation runs it unchanged; a check runs in other processes.',
    severity: 'error',
    from: { path: '^src/revocation/(protocol|check)/' },
    to: { path: '.', pathNot: '^src/revocation/(protocol/|check/|entry\\.ts$)', ...atRunTime },
  },
  {
    name: 'verification-needs-jose-alone',
    comment: 'So that a verifier in another process can run the same lines.',
    severity: 'error',
    from: { path: '^src/(tokens/authenticate|keys/remembered|revocation/check/[a-z-]+)\\.ts$' },
    to: { reachable: true, path: 'node_modules/(?!jose/)' },
  },
  {
    name: 'the-client-needs-openapi-fetch-alone',
    comment: 'It runs in browsers and in programs without the server.',
    severity: 'error',
    from: { path: '^src/client/' },
    to: { path: '.', pathNot: '^src/client/|^node_modules/openapi-fetch/', ...atRunTime },
  },
  {
    name: 'the-page-loads-its-own-files',
    comment: 'A browser loads them as they stand. Types may come from the client.',
    severity: 'error',
    from: { path: '^src/console/page/' },
    to: { path: '.', pathNot: '^src/console/page/|^src/client/openapi\\.ts$|lit-html' },
  },
  {
    name: 'verification-stands-alone',
    comment:
      'A second package takes these files. What differs there (keys, check, issuer, audience) comes in as arguments.',
    severity: 'error',
    from: { path: '^src/tokens/(authenticate|canonical|claims|verify)\\.ts$' },
    to: {
      path: '.',
      pathNot: '^src/(tokens/(authenticate|canonical|claims|verify)|refusal)\\.ts$|^node_modules/jose/',
      ...atRunTime,
    },
  },
  {
    name: 'records-hold-statements-only',
    severity: 'error',
    from: { path: `^src/.*${records}` },
    to: { path: '.', pathNot: `${noun}|${records}|^src/store/|^node_modules/(kysely|pg)/`, ...atRunTime },
  },
  {
    name: 'only-implementations-of-ports-do-io',
    comment: 'keys/load.ts reads SIGNING_KEY_FILE at the start.',
    severity: 'error',
    from: {
      path: '^src/(accounts|credentials|import|keys|mail|revocation|tokens|widgets)/',
      pathNot: `${io}|^src/keys/load\\.ts$`,
    },
    to: { path: '^(node:)?(fs|net|http|https|dns|child_process|timers|cluster|worker_threads)(/|$)', ...atRunTime },
  },
  {
    name: 'only-the-composition-loads-implementations',
    severity: 'error',
    from: { path: '^src/', pathNot: `${io}|^src/(latchkey|app)\\.ts$|^src/commands/` },
    to: { path: io },
  },
  {
    name: 'a-verb-uses-no-records-of-another-room',
    comment:
      'An owner and its tokens change in one transaction; a key that the log has ended never signs; OAuth names the owner of a token.',
    severity: 'error',
    from: {
      path: '^src/([a-z]+)/',
      pathNot: `${records}|^src/(commands|operation)/|^src/(accounts/((change|own)-account|links)|keys/(load|revoke)|services/remove|oauth/(introspect|revoke-user))\\.ts$`,
    },
    to: { path: records, pathNot: '^src/$1/', ...atRunTime },
  },
  {
    name: 'only-app-loads-routes',
    severity: 'error',
    from: { path: '^src/', pathNot: '^src/app\\.ts$' },
    to: { path: routes, pathNot: '^src/commands/' },
  },
  {
    name: 'routes-use-no-records',
    severity: 'error',
    from: { path: routes, pathNot: '^src/commands/' },
    to: { path: records, ...atRunTime },
  },
  {
    name: 'no-drawer',
    comment: 'A file is named after its subject.',
    severity: 'error',
    from: {},
    to: { path: '^src/.*(index|utils|helpers|common|misc)(\\.ts$|/)' },
  },
]

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden,
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.json'] },
  },
}
