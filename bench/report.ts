import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname } from 'node:path'

/** One figure of the table. */
export interface Line {
  name: string
  value: number
  unit?: string
  target?: { atLeast: number } | { atMost: number }
}

/** How long and how often to measure. */
export interface Plan {
  /** Number of alternating rounds. Every figure is the median over the rounds. */
  rounds: number
  /** Multiplies the seconds of each measurement. */
  scale: number
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}

/** Whether the figure meets its target. Undefined without a target. */
function meets({ value, target }: Line): boolean | undefined {
  if (target === undefined) return undefined
  return 'atLeast' in target ? value >= target.atLeast : value <= target.atMost
}

export function print(title: string, lines: Line[]): void {
  process.stdout.write(`\n${title}\n${lines.map((line) => `  ${row(line)}\n`).join('')}`)
}

function row(line: Line): string {
  const value = `${digits(line.value)} ${line.unit ?? ''}`
  return `${line.name.padEnd(68)}${value.padStart(20)}  ${describeTarget(line)}`.trimEnd()
}

function describeTarget(line: Line): string {
  const { target } = line
  if (target === undefined) return ''
  const bound = 'atLeast' in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`
  return `${bound.padEnd(9)} ${meets(line) ? 'pass' : 'MISS'}`
}

function digits(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return value.toPrecision(Math.abs(value) >= 10 ? 3 : 2)
}

/** Writes all figures to a JSON file, so that runs can be compared. */
export function write(path: string, plan: Plan, measured: Record<string, Line[]>): void {
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? '', cores: cpus().length }
  const results = Object.fromEntries(
    Object.entries(measured).map(([name, lines]) => [name, lines.map((line) => ({ ...line, met: meets(line) }))]),
  )
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${JSON.stringify({ at: new Date().toISOString(), machine, plan, results }, null, 2)}\n`)
}
