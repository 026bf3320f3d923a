// Makes the package to publish: the bundle, the typed client, the verifier, the documents, and a manifest without dependencies, because the bundle
// contains the libraries. `npm run package` writes latchkey-<version>.tgz, and the package of the verifier, into the working
// directory.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { licensesOf, makeBundle } from './bundle.js'
import { buildClient } from './client.js'
import { buildVerifier, packVerifier } from './verifier.js'

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json')))

const bundle = await makeBundle()
if (bundle === undefined) throw new Error('the libraries are not installed by npm: run "npm ci"')
const dist = join(root, 'dist')
rmSync(dist, { recursive: true, force: true })
for (const path of ['src', 'assets', 'templates', 'LICENSES.txt', 'package.json']) {
  cpSync(join(bundle, path), join(dist, path), { recursive: true })
}
const clientLibraries = await buildClient(join(dist, 'client'))
writeFileSync(join(dist, 'client/LICENSES.txt'), licensesOf(clientLibraries))
const verifierLibraries = await buildVerifier(join(dist, 'verifier'))
writeFileSync(join(dist, 'verifier/LICENSES.txt'), licensesOf(verifierLibraries))

// `prepack` needs the folder dist only.
if (!process.argv.includes('--dist-only')) {
  const stage = mkdtempSync(join(tmpdir(), 'latchkey-package-'))
  try {
    for (const path of ['bin/latchkey.js', ...manifest.files])
      cpSync(join(root, path), join(stage, path), { recursive: true })
    const { scripts, allowScripts, dependencies, devDependencies, ...published } = manifest
    writeFileSync(join(stage, 'package.json'), `${JSON.stringify(published, null, 2)}\n`)
    execFileSync('npm', ['pack', '--pack-destination', process.cwd()], { cwd: stage, stdio: 'inherit' })
  } finally {
    rmSync(stage, { recursive: true, force: true })
  }
  packVerifier(process.cwd())
}
