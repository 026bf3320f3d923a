#!/usr/bin/env node
// A clone runs its TypeScript as it stands; the published package holds the compiled JavaScript only.
import { existsSync } from 'node:fs'
import * as module from 'node:module'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'

if (Number(process.versions.node.split('.')[0]) < 26) {
  console.error(`latchkey: needs Node.js 26 or newer, this is ${process.versions.node}`)
  process.exit(1)
}
// Stripping types and compiling take a third of the start. The results lie beside the code that they come from, not in a
// folder that all users of the machine may write to; where this one may not be written, nothing is kept.
module.enableCompileCache(fileURLToPath(new URL('../node_modules/.cache/latchkey', import.meta.url)))
// Whoever imports a file by its relative path has said which one it is. Node would look three times whether that is so,
// for a thousand files: a tenth of the start. https://nodejs.org/api/module.html#moduleregisterhooksoptions
module.registerHooks({
  resolve: (specifier, context, next) =>
    /^\.\.?\/.*\.m?[jt]s$/.test(specifier)
      ? { url: new URL(specifier, context.parentURL).href, shortCircuit: true }
      : next(specifier, context),
})
// A start allocates much and keeps little. V8 would make room for that, and keep 16 MB of it while the process is idle;
// serve.ts lets it grow again once requests may come. https://nodejs.org/api/v8.html#v8setflagsfromstringflags
setFlagsFromString('--semi-space-growth-factor=1')
const source = new URL('../src/cli.ts', import.meta.url)
await import(existsSync(source) ? source.href : new URL('../dist/cli.js', import.meta.url).href)
