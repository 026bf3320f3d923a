// The package `latchkey-verifier`: compiled JavaScript and types of src/verifier and what it imports, with `jose` as its only
// dependency. `npm run package` writes latchkey-verifier-<version>.tgz into the working directory.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json')))

/** The files that a program may import. The first one is the package itself. */
const entries = ['verifier', 'express', 'fastify', 'hono', 'nest', 'node', 'testing']

/** Options of the compiler, because `tsconfig.json` is about checking. */
const options = [
  ...['--ignoreConfig', '--declaration', '--rewriteRelativeImportExtensions', '--rootDir', 'src', '--strict'],
  ...['--skipLibCheck', '--module', 'nodenext', '--target', 'es2024', '--lib', 'esnext', '--types', 'node'],
  '--exactOptionalPropertyTypes',
]

/**
 * Compiles the verifier and every file that it imports.
 * @param {string} folder
 * @param {string[]} emit further options of the compiler
 */
export function compileVerifier(folder, emit = []) {
  const compiler = join(root, 'node_modules/@typescript/native/bin/tsc')
  const files = entries.map((name) => join(root, 'src/verifier', `${name}.ts`))
  execFileSync(process.execPath, [compiler, ...options, ...emit, '--outDir', folder, ...files], {
    cwd: root,
    stdio: 'inherit',
  })
  // The compiler leaves the names of files in declarations as they are.
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!path.endsWith('.d.ts')) continue
    const text = readFileSync(join(folder, path), 'utf8')
    writeFileSync(join(folder, path), text.replace(/((?:from |import\()['"]\.[^'"]*)\.ts(['"])/g, '$1.js$2'))
  }
}

/**
 * Builds `latchkey/verifier`: one file that contains `jose`, and its declarations.
 * @param {string} folder
 * @returns {Promise<string[]>} the folders of the libraries in the built file
 */
export async function buildVerifier(folder) {
  const { rolldown } = await import('rolldown')
  const input = join(root, 'src/verifier/verifier.ts')
  const bundle = await rolldown({ input, platform: 'node', tsconfig: false, logLevel: 'silent' })
  await bundle.write({ file: join(folder, 'verifier.js') })
  const types = join(folder, 'types')
  compileVerifier(types, ['--emitDeclarationOnly'])
  writeFileSync(join(folder, 'verifier.d.ts'), "export * from './types/verifier/verifier.js'\n")
  return [join(root, 'node_modules/jose')]
}

/**
 * Makes the package `latchkey-verifier`.
 * @param {string} destination the folder for the tarball
 */
export function packVerifier(destination) {
  const stage = mkdtempSync(join(tmpdir(), 'latchkey-verifier-'))
  try {
    mkdirSync(join(stage, 'lib'))
    compileVerifier(join(stage, 'lib'))
    cpSync(join(root, 'LICENSE'), join(stage, 'LICENSE'))
    cpSync(join(root, 'docs/verifier.md'), join(stage, 'README.md'))
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(manifestOf(), null, 2)}\n`)
    execFileSync('npm', ['pack', '--pack-destination', destination], { cwd: stage, stdio: 'inherit' })
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
}

export function manifestOf() {
  const entry = (name) => ({ types: `./lib/verifier/${name}.d.ts`, default: `./lib/verifier/${name}.js` })
  const [main, ...others] = entries
  return {
    name: 'latchkey-verifier',
    version: manifest.version,
    description: 'Checks the tokens of Latchkey in your own service, and knows a revocation before it is answered',
    license: manifest.license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22' },
    exports: {
      '.': entry(main),
      ...Object.fromEntries(others.map((name) => [`./${name}`, entry(name)])),
      './package.json': './package.json',
    },
    files: ['lib'],
    dependencies: { jose: manifest.dependencies.jose },
  }
}
