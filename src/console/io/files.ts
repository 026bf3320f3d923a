import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import type { Coding, Page, PageFile } from '../files.ts'

const types: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** The libraries of the page, by the names under which the page imports them. A bundle has them beside the page. */
const libraries = { 'lit-html.js': 'lit-html' }

/**
 * Reads the files of the page.
 * @param folder has `index.html`, and the scripts and styles. No file changes while the server runs
 */
export function readPage(folder: string): Page {
  const contents = new Map<string, Buffer>()
  for (const [name, library] of Object.entries(libraries)) {
    const beside = join(folder, name)
    contents.set(name, readFileSync(existsSync(beside) ? beside : fileURLToPath(import.meta.resolve(library))))
  }
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    if (types[extname(name)] !== undefined) contents.set(name.replaceAll('\\', '/'), readFileSync(join(folder, name)))
  }
  const digest = createHash('sha256')
  for (const [name, content] of contents) digest.update(`${name} ${content.length}\n`).update(content)
  const hash = digest.digest('base64url').slice(0, 16)
  const files = new Map([...contents].map(([name, content]) => [name, describeFile(name, content)]))
  const template = readFileSync(join(folder, 'index.html'), 'utf8')
  return {
    hash,
    files,
    document: (root) => template.replaceAll('{{files}}', `${root}console/files/${hash}`).replaceAll('{{root}}', root),
  }
}

const encode: Record<Coding, (content: Buffer) => Promise<Buffer>> = {
  br: (content) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: promisify(gzip),
}

function describeFile(name: string, content: Buffer): PageFile {
  const made: Partial<Record<Coding, Promise<Buffer>>> = {}
  return {
    type: types[extname(name)] as string,
    content,
    encoded: (coding) => {
      made[coding] ??= encode[coding](content)
      return made[coding]
    },
  }
}
