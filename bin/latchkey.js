#!/usr/bin/env node
// Starts Latchkey. A checkout runs the bundle of exactly its sources if there is one, or else the TypeScript sources.
// The package contains only the bundle.
import { existsSync } from 'node:fs'
// No import by name: an older Node.js does not export every name and would fail before the version check.
import module from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = new URL('../', import.meta.url)
const isCheckout = existsSync(new URL('src/cli.ts', root))

if (Number(process.versions.node.split('.')[0]) < 26) {
  console.error(`latchkey: needs Node.js 26 or newer, this is ${process.versions.node}\n  ${adviseNode()}`)
  process.exit(1)
}
const bundle = isCheckout ? await findBundle() : new URL('dist/', root)
const program = (name) => new URL(bundle ? `src/${name}.js` : `src/${name}.ts`, bundle ?? root).href
// Stripping types and compiling takes a third of a start. The cache is beside the code, not in a folder that every user
// of the machine can write to. If the folder is not writable, nothing is stored.
module.enableCompileCache(
  fileURLToPath(bundle ? new URL('compiled', bundle) : new URL('node_modules/.cache/latchkey', root)),
)
try {
  const { limitYoungGeneration } = await import(program('v8'))
  limitYoungGeneration()
  await import(program('cli'))
} catch (error) {
  const [, library] = /^Cannot find package '([^']+)'/.exec(error.message) ?? []
  if (library === undefined || !isCheckout) throw error
  console.error(`latchkey: the library ${library} is not installed\n  run "npm ci" in ${fileURLToPath(root)}`)
  process.exit(1)
}

function adviseNode() {
  if (!isCheckout) return 'install Node.js 26 from https://nodejs.org'
  if (existsSync(new URL('node_modules/.bin/node', root))) {
    return 'this checkout has Node.js 26: run "npm start", "npx latchkey" or "node_modules/.bin/node bin/latchkey.js"'
  }
  return 'run "npm ci", which installs Node.js 26 in this checkout, without --omit=dev, --ignore-scripts and NODE_ENV=production'
}

/** Returns the bundle of the current sources, or undefined if there is none or a source cannot be read. */
async function findBundle() {
  try {
    const { bundleFolder } = await import('./bundle.js')
    const folder = bundleFolder()
    if (folder !== undefined && existsSync(folder)) return pathToFileURL(`${folder}/`)
  } catch {
    // An unreadable file in src, such as an editor's lock file, must not stop the start.
  }
}
