// The typed client, `latchkey/client`. `npm run generate` writes its types, src/client/openapi.ts, from the OpenAPI document.
// bin/package.js builds the files of the package.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const typesFile = join(root, 'src/client/openapi.ts')

/**
 * Returns the TypeScript types of an OpenAPI document. Their order does not depend on the order of the routes.
 * @param {object} document
 * @returns {Promise<string>}
 */
export async function generateTypes(document) {
  const { default: generate, astToString } = await import('openapi-typescript')
  const types = await generate(document, { alphabetize: true, silent: true })
  return `// Generated from the OpenAPI document by "npm run generate".\n${astToString(types)}`
}

/** Reads the OpenAPI document of a service with default settings. */
async function readDocument() {
  const [{ startService }, { parseSettings }] = await Promise.all([
    import('../src/latchkey.ts'),
    import('../src/config/reader.ts'),
  ])
  const service = await startService(
    parseSettings({ DATABASE_URL: 'sqlite::memory:', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error' }),
  )
  try {
    return await (await fetch(`${service.address}/api/v1/swagger.json`)).json()
  } finally {
    await service.stop()
  }
}

/** Libraries of the client. The second one has types only. */
const libraries = ['openapi-fetch', 'openapi-typescript-helpers']

/**
 * Builds the client and the declarations of its types. The built files contain the library, so they import no package.
 * @param {string} folder
 * @returns {Promise<string[]>} the folders of the libraries in the built files
 */
export async function buildClient(folder) {
  const { rolldown } = await import('rolldown')
  const input = join(root, 'src/client/client.ts')
  const bundle = await rolldown({ input, platform: 'neutral', tsconfig: false, logLevel: 'silent' })
  await bundle.write({ file: join(folder, 'client.js') })
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  execFileSync(process.execPath, [compiler, ...emit, '--outDir', folder, input], { cwd: root, stdio: 'inherit' })
  const folders = libraries.map((name) => join(root, 'node_modules', name))
  const declarations = { client: join(folder, 'client.d.ts') }
  for (const path of folders) declarations[basename(path)] = join(path, 'dist/index.d.mts')
  for (const [name, path] of Object.entries(declarations)) {
    const types = readFileSync(path, 'utf8').replace(/ from '(?:\.\/)?([\w-]+)(?:\.ts)?'/g, " from './$1.js'")
    writeFileSync(join(folder, `${name}.d.ts`), types)
  }
  return folders
}

/** Options of the compiler, because `tsconfig.json` is about checking. */
const emit = [
  ...['--ignoreConfig', '--declaration', '--emitDeclarationOnly', '--allowImportingTsExtensions'],
  ...['--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'esnext', '--types', 'node'],
]

if (import.meta.main) writeFileSync(typesFile, await generateTypes(await readDocument()))
