#!/usr/bin/env node
// A clone runs its TypeScript as it stands, or the bundle that an install has made of just that; the published package holds
// the compiled JavaScript only.
import { existsSync } from 'node:fs'
// A name that an older Node.js does not export would end it before the line that says so.
import module from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'

if (Number(process.versions.node.split('.')[0]) < 26) {
  console.error(`latchkey: needs Node.js 26 or newer, this is ${process.versions.node}`)
  process.exit(1)
}
const source = new URL('../src/cli.ts', import.meta.url)
// What cannot be read there, such as an editor's lock file, is no reason not to start.
const findBundle = () => import('./bundle.js').then(({ bundleFolder }) => bundleFolder()).catch(() => undefined)
const folder = existsSync(source) ? await findBundle() : undefined
const bundle = folder !== undefined && existsSync(folder) ? pathToFileURL(`${folder}/`) : undefined
// Stripping types and compiling take a third of the start. The results lie beside the code that they come from, not in a
// folder that all users of the machine may write to; where this one may not be written, nothing is kept.
module.enableCompileCache(
  fileURLToPath(bundle ? new URL('compiled', bundle) : new URL('../node_modules/.cache/latchkey', import.meta.url)),
)
// A start allocates much and keeps little. V8 would make room for that, and keep 16 MB of it while the process is idle;
// latchkey.ts lets it grow again before requests come. https://nodejs.org/api/v8.html#v8setflagsfromstringflags
setFlagsFromString('--semi-space-growth-factor=1')
const program = existsSync(source) ? source : new URL('../dist/cli.js', import.meta.url)
await import(bundle ? new URL('src/cli.js', bundle).href : program.href)
