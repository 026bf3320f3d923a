#!/usr/bin/env node
// A clone runs its TypeScript as it stands; the published package holds the compiled JavaScript only.
import { existsSync } from 'node:fs'

if (Number(process.versions.node.split('.')[0]) < 26) {
  console.error(`latchkey: needs Node.js 26 or newer, this is ${process.versions.node}`)
  process.exit(1)
}
const source = new URL('../src/cli.ts', import.meta.url)
await import(existsSync(source) ? source.href : new URL('../dist/cli.js', import.meta.url).href)
