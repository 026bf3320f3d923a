import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { parse, parseAllDocuments } from 'yaml'
import { parseSettings } from '../../src/config/reader.ts'
import type { Settings } from '../../src/config/table.ts'
import { createSqlite } from '../support/databases.ts'
import { program } from '../support/process/latchkey.ts'
import { freePort } from '../support/process/postgres.ts'
import { startTestService } from '../support/service.ts'

const run = promisify(execFile)
const root = dirname(dirname(program))
const read = (path: string) => readFileSync(join(root, 'examples', path), 'utf8')

test('systemd finds no fault in the unit', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-unit-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const unit = read('systemd/latchkey.service')
  assert.match(unit, /^ExecStart=\/opt\/latchkey\/\S+ \/opt\/latchkey\/bin\/latchkey\.js serve$/m)
  const path = join(folder, 'latchkey.service')
  writeFileSync(path, unit.replaceAll('/opt/latchkey', root))
  const { stdout, stderr } = await run('systemd-analyze', ['verify', path])
  assert.equal(stdout + stderr, '')
})

test('the settings of the Compose file are accepted, and its nodes run without rights', () => {
  const given: Record<string, string> = { POSTGRES_PASSWORD: 'a-password', LATCHKEY_SECRET: 's'.repeat(43) }
  const text = read('docker/compose.yaml').replace(
    /\$\{(\w+):[?-]([^}]*)\}/g,
    (_all, name: string, fallback: string) => given[name] ?? fallback,
  )
  const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> }
  const nodes = Object.values(services).filter(({ image }) => image === 'latchkey')
  assert.equal(nodes.length, 2)
  for (const { environment, user, read_only, cap_drop, depends_on } of nodes) {
    const settings = parseSettings({ ...imageEnvironment(), ...environment })
    assert.deepEqual([settings.LATCHKEY_ENV, settings.HOST], ['production', '0.0.0.0'])
    assert.match(settings.DATABASE_URL, /^postgres:\/\/latchkey:a-password@database\/latchkey$/)
    assert.deepEqual([user, read_only, cap_drop], ['node', true, ['ALL']])
    for (const name of Object.keys(depends_on)) assert.ok(services[name]?.healthcheck !== undefined, name)
  }
})

interface ComposeService {
  image: string
  user: string
  environment: Record<string, string>
  read_only: boolean
  cap_drop: string[]
  depends_on: object
  healthcheck?: object
}

test('the settings of the Kubernetes manifests are accepted, and the probes ask paths that exist', async (t) => {
  const documents = parseAllDocuments(read('kubernetes/latchkey.yaml')).map((document) => {
    assert.deepEqual(document.errors, [])
    return document.toJS()
  })
  const byKind = Object.fromEntries(documents.map((document) => [document.kind, document]))
  assert.deepEqual(Object.keys(byKind), ['ConfigMap', 'Deployment', 'Service', 'PodDisruptionBudget'])
  const secret = { LATCHKEY_SECRET: 's'.repeat(43), DATABASE_URL: 'postgres://latchkey:p@postgres/latchkey' }
  const settings = parseSettings({ ...imageEnvironment(), ...byKind.ConfigMap.data, ...secret })
  const pod = byKind.Deployment.spec.template
  for (const selector of [byKind.Service.spec.selector, byKind.Deployment.spec.selector.matchLabels]) {
    assert.deepEqual(selector, pod.metadata.labels)
  }
  const [container] = pod.spec.containers
  assert.equal(container.ports[0].containerPort, settings.PORT satisfies Settings['PORT'])
  assert.ok(container.securityContext.readOnlyRootFilesystem && pod.spec.securityContext.runAsNonRoot)
  const database = await createSqlite()
  const service = await startTestService(database)
  t.after(async () => {
    await service.stop()
    await database.remove()
  })
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    assert.equal((await service.call('GET', `//${container[probe].httpGet.path.slice(1)}`)).status, 200, probe)
  }
})

test('the health check of the image succeeds if a server answers, and fails if none does', async (t) => {
  const [command, ...args] = JSON.parse(
    /HEALTHCHECK [^\n]*\\\n\s*(\[.*\])/.exec(read('docker/Dockerfile'))?.[1] ?? '[]',
  )
  assert.equal(command, 'node')
  const database = await createSqlite()
  const PORT = String(await freePort())
  const check = () => run(process.execPath, args, { env: { PORT } })
  await assert.rejects(check(), { code: 1 })
  const service = await startTestService(database, { PORT })
  t.after(async () => {
    await service.stop()
    await database.remove()
  })
  await check()
})

/** The environment that the Dockerfile gives to a container. */
function imageEnvironment(): Record<string, string> {
  const [, line = ''] = /^ENV (.*)$/m.exec(read('docker/Dockerfile')) ?? []
  return Object.fromEntries(line.split(' ').map((pair) => pair.split(/=(.*)/s).slice(0, 2)))
}
