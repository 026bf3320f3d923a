// Reading a thousand files, most of them in libraries, takes a third of a start. So the install of a checkout
// (`postprepare`, or `npm run bundle`) bundles the sources and their libraries into a few files. bin/latchkey.js runs
// the bundle if its hash matches the sources and the installed libraries. The package contains the same files.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'

const root = join(import.meta.dirname, '..')
const bundles = join(root, 'node_modules/.cache/latchkey-bundles')
/** The libraries that npm has installed, with their versions and hashes. */
const installed = join(root, 'node_modules/.package-lock.json')

/**
 * Returns the folder for the bundle of exactly these sources and libraries. Its name is their hash, so an outdated
 * bundle never runs. File times do not count. An edit inside node_modules is not noticed. Takes 8 ms.
 * @returns {string | undefined} a folder that may not exist yet; undefined if npm did not install the libraries
 * @throws if a file cannot be read
 */
export function bundleFolder() {
  if (!existsSync(installed)) return
  // Development dependencies are not in the bundle, and may be pruned.
  const libraries = Object.entries(JSON.parse(readFileSync(installed)).packages).filter(([, { dev }]) => !dev)
  if (libraries.some(([, { link }]) => link)) return
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const sources = files.filter((path) => /\.(ts|js|css|html|svg)$/.test(path)).map((path) => join('src', path))
  const digest = createHash('sha256').update(JSON.stringify(libraries))
  const templates = readdirSync(join(root, 'templates')).map((name) => join('templates', name))
  for (const path of ['package.json', 'bin/bundle.js', ...sources.sort(), ...templates.sort()]) {
    const content = readFileSync(join(root, path))
    digest.update(`${path} ${content.length}\n`).update(content)
  }
  return join(bundles, digest.digest('hex'))
}

/**
 * Makes the bundle unless the bundle exists.
 * @returns {Promise<string | undefined>} its folder; undefined if npm did not install the libraries
 */
export async function makeBundle() {
  const folder = bundleFolder()
  if (folder === undefined || existsSync(folder)) return folder
  const { rolldown } = await import('rolldown')
  const unfinished = `${folder}-${process.pid}`
  try {
    mkdirSync(unfinished, { recursive: true })
    await writeBundle(rolldown, unfinished)
    if (bundleFolder() !== folder) throw new Error('the sources changed while the bundle was made')
    renameSync(unfinished, folder)
  } catch (error) {
    // Another process may have made the same bundle.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  dropOthers(folder)
  await keepCompiledCode(folder)
  return folder
}

/** The console's page, and the library that the page loads. A browser reads these files. */
const page = join('console', 'page')
const pageLibraries = { 'lit-html.js': 'lit-html/lit-html.js' }

/** Files that libraries read at run time. They are copied into the bundle. */
const assets = ['@fastify/swagger-ui/static']

async function writeBundle(rolldown, folder) {
  const packages = new Set()
  const bundle = await rolldown({
    input: {
      cli: join(root, 'src/cli.ts'),
      v8: join(root, 'src/v8.ts'),
      'bcrypt-worker': join(root, 'src/credentials/io/bcrypt-worker.ts'),
    },
    platform: 'node',
    plugins: [{ name: 'libraries', transform: (code, path) => transform(code, path, packages) }],
    // Node.js does not read tsconfig.json when it runs the sources.
    tsconfig: false,
    logLevel: 'silent',
  })
  await bundle.write({
    dir: join(folder, 'src'),
    entryFileNames: '[name].js',
    banner: `import { join as joinAssets } from 'node:path';`,
    // Comments are dropped. Names and lines stay, so that a stack trace can be read.
    comments: false,
  })
  for (const path of assets) cpSync(join(root, 'node_modules', path), join(folder, 'assets', path), { recursive: true })
  cpSync(join(root, 'templates'), join(folder, 'templates'), { recursive: true })
  // Without the files for the type checker.
  const filter = (path) => !/\.(ts|json)$/.test(path)
  cpSync(join(root, 'src', page), join(folder, 'src', page), { recursive: true, filter })
  for (const [name, path] of Object.entries(pageLibraries)) {
    const [library] = path.split('/')
    packages.add(join(root, 'node_modules', library))
    copyFileSync(join(root, 'node_modules', path), join(folder, 'src', page, name))
  }
  writeFileSync(join(folder, 'LICENSES.txt'), licensesOf(packages))
  // package.json contains the version, and marks the files as modules.
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'))
}

/** Adds the library of a module to `packages`, and points `__dirname` to the library's copied files. */
function transform(code, path, packages) {
  const [, library] = path.split(`${sep}node_modules${sep}`).slice(-2)
  if (library === undefined) return
  const file = path.slice(0, path.length - library.length)
  packages.add(
    join(
      file,
      library
        .split(sep)
        .slice(0, library.startsWith('@') ? 2 : 1)
        .join(sep),
    ),
  )
  if (!/\b__dirname\b/.test(code)) return
  const place = JSON.stringify(join('../assets', dirname(library)))
  return code.replace(/\b__dirname\b/g, `joinAssets(import.meta.dirname, ${place})`)
}

/** Returns the licences of the bundled libraries. They have to be distributed with the code. */
export function licensesOf(packages) {
  return [...packages]
    .sort()
    .map((folder) => {
      const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json')))
      const file = readdirSync(folder).find((each) => /^licen[sc]e/i.test(each))
      const text = file === undefined ? '' : `\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
      return `${name} ${version}: ${license}\n${text}`
    })
    .join(`\n${'-'.repeat(80)}\n\n`)
}

/** Deletes other finished bundles. Renames a bundle first, so that no process runs a half-deleted one. */
function dropOthers(folder) {
  for (const other of readdirSync(bundles).map((name) => join(bundles, name))) {
    const dropped = other.replace(/(?<=\/[0-9a-f]{64})$/, '-dropped')
    if (other === folder || !dropped.endsWith('-dropped')) continue
    try {
      renameSync(other, dropped)
      rmSync(dropped, { recursive: true, force: true })
    } catch {
      // Another process is deleting the bundle, or the next install will delete it.
    }
  }
}

/** Starts the service once to store the compiled code, so that the user's first start is fast. */
async function keepCompiledCode(folder) {
  const server = spawn(process.execPath, [join(root, 'bin/latchkey.js'), 'serve'], {
    cwd: folder,
    env: { DATABASE_URL: 'sqlite::memory:', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  // The first output says that the service listens.
  server.stdout.once('data', () => server.kill())
  await once(server, 'exit')
}

if (import.meta.main) {
  await makeBundle().catch(({ code, message }) => {
    const why =
      code === 'ERR_MODULE_NOT_FOUND' ? 'the bundler is a development dependency and is not installed' : message
    console.warn(`latchkey: no bundle was made, so each start takes a little longer: ${why}`)
  })
}
