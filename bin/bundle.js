// A start reads a thousand files, most of them the libraries'; to look for them and to load them one by one takes a third of
// it. So an install of the clone (`postprepare`; by hand: `npm run bundle`) writes all of them into a few, which
// bin/latchkey.js runs for as long as they are what the sources and the installed libraries would give.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'

const root = join(import.meta.dirname, '..')
const bundles = join(root, 'node_modules/.cache/latchkey-bundles')
/** What npm has installed, each library with its hash. */
const installed = join(root, 'node_modules/.package-lock.json')

/**
 * Where the bundle of exactly these sources and these libraries lies, if it was made: the name is their hash, so that one of
 * others is never run, whatever the times of the files say. An edit in node_modules is not seen. Takes 8 ms.
 * @returns {string | undefined} a folder that need not exist; undefined if npm does not say which libraries there are
 * @throws if a file cannot be read
 */
export function bundleFolder() {
  if (!existsSync(installed)) return
  // What serves for development only may be pruned.
  const libraries = Object.entries(JSON.parse(readFileSync(installed)).packages).filter(([, { dev }]) => !dev)
  if (libraries.some(([, { link }]) => link)) return
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  const sources = files.filter((path) => path.endsWith('.ts')).map((path) => join('src', path))
  // The folder too: a bundle names files in it.
  const digest = createHash('sha256').update(JSON.stringify([root, libraries]))
  for (const path of ['package.json', 'bin/bundle.js', ...sources.sort()]) {
    const content = readFileSync(join(root, path))
    digest.update(`${path} ${content.length}\n`).update(content)
  }
  return join(bundles, digest.digest('hex'))
}

/** A library that looks for files of its own (Swagger UI its page) finds them where it was installed. */
const inPlace = {
  name: 'in-place',
  transform(code, path) {
    if (/\b__dirname\b/.test(code)) return code.replace(/\b__dirname\b/g, JSON.stringify(dirname(path)))
  },
}

async function makeBundle() {
  const folder = bundleFolder()
  if (folder === undefined || existsSync(folder)) return
  const { rolldown } = await import('rolldown')
  const unfinished = `${folder}-${process.pid}`
  try {
    mkdirSync(unfinished, { recursive: true })
    const bundle = await rolldown({
      input: join(root, 'src/cli.ts'),
      platform: 'node',
      plugins: [inPlace],
      // Node.js knows nothing of it when it runs the sources.
      tsconfig: false,
      logLevel: 'silent',
    })
    // No smaller than that: a stack has names and lines that can be read.
    await bundle.write({ dir: join(unfinished, 'src'), entryFileNames: '[name].js', comments: false })
    // For the version in it, and because it says that these are modules.
    copyFileSync(join(root, 'package.json'), join(unfinished, 'package.json'))
    if (bundleFolder() !== folder) throw new Error('the sources have changed meanwhile')
    renameSync(unfinished, folder)
  } catch (error) {
    // Somebody else was faster.
    if (!existsSync(folder)) throw error
  } finally {
    rmSync(unfinished, { recursive: true, force: true })
  }
  dropOthers(folder)
  await leaveCompiled(folder)
}

/** Those of before, and not what others are making. Under another name first: one that is half deleted must not be run. */
function dropOthers(folder) {
  for (const other of readdirSync(bundles).map((name) => join(bundles, name))) {
    const dropped = other.replace(/(?<=\/[0-9a-f]{64})$/, '-dropped')
    if (other === folder || !dropped.endsWith('-dropped')) continue
    try {
      renameSync(other, dropped)
      rmSync(dropped, { recursive: true, force: true })
    } catch {
      // Somebody else drops it, or the next install.
    }
  }
}

/** Starts the service for a moment: what was compiled stays, and the first start of whoever installs is like the next. */
async function leaveCompiled(folder) {
  const server = spawn(process.execPath, [join(root, 'bin/latchkey.js'), 'serve'], {
    cwd: folder,
    env: { DATABASE_URL: 'sqlite::memory:', HOST: '127.0.0.1', PORT: '0', LOG_LEVEL: 'error' },
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  // The greeting: it listens.
  server.stdout.once('data', () => server.kill())
  await once(server, 'exit')
}

if (import.meta.main) {
  await makeBundle().catch(({ code, message }) => {
    const why = code === 'ERR_MODULE_NOT_FOUND' ? 'the bundler is a development dependency, and not installed' : message
    console.warn(`latchkey: no bundle was made, so that starts take a little longer: ${why}`)
  })
}
