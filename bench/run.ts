// npm run bench [-- --quick] [-- --only name]: measures what the service promises about speed, prints a table and
// writes bench/results.json. See README.md in this folder.
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { measureConsole } from './console.ts'
import { measureCrowd } from './crowd.ts'
import { measureEnumeration } from './enumeration.ts'
import { measureFlood } from './flood.ts'
import { measureImport } from './import.ts'
import { measureLists } from './lists.ts'
import { measureLogins } from './logins.ts'
import { measureMemory } from './memory.ts'
import { file } from './processes.ts'
import { type Line, type Plan, print, write } from './report.ts'
import { measureRequests } from './requests.ts'
import { measureRevocations } from './revocations.ts'
import { measureStart } from './start.ts'
import { measureStorm } from './storm.ts'
import { measureTrail } from './trail.ts'
import { measureVerifier } from './verifier.ts'

const measures: Record<string, [title: string, measure: (plan: Plan) => Promise<Line[]>]> = {
  requests: ['Protected requests', measureRequests],
  logins: ['Logins', measureLogins],
  revocations: ['A million live revocations', measureRevocations],
  start: ['Start', measureStart],
  memory: ['Memory', measureMemory],
  storm: ['Protected requests in a storm of logins', measureStorm],
  flood: ['Logins of others in a flood', measureFlood],
  enumeration: ['Whether an address has an account', measureEnumeration],
  lists: ['Lists of 100,000 accounts, and a million tokens and facts', measureLists],
  trail: ['The audit trail', measureTrail],
  import: ['Import', measureImport],
  verifier: ['The verifier in another service', measureVerifier],
  crowd: ['Many verifiers', measureCrowd],
  console: ['The console', measureConsole],
}

const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } } })
const plan: Plan = { rounds: 3, scale: values.quick ? 0.25 : 1 }
const names = values.only === undefined ? Object.keys(measures) : values.only.split(',')
// What an install runs. Without the bundle of these sources, the program would run them as TypeScript, which takes more memory.
execFileSync('npm', ['run', 'bundle'], { cwd: file('..'), stdio: 'ignore' })
const results: Record<string, Line[]> = {}
for (const name of names) {
  const measure = measures[name]
  if (measure === undefined) throw new Error(`there is no measurement ${name}: ${Object.keys(measures).join(', ')}`)
  results[name] = await measure[1](plan)
  print(measure[0], results[name])
}
write(file('results.json'), plan, results)
