// The table of commands in docs/operating.md against what `--help` says.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { latchkey } from '../support/process/latchkey.ts'

interface Command {
  name: string
  /** Without --help, which every command has. */
  options: string[]
}

/** The commands below a command, by their help. */
async function commandsOf(words: string[]): Promise<Command[]> {
  const { code, stdout } = await latchkey([...words, '--help'])
  assert.equal(code, 0)
  const [head = '', below] = stdout.split('\nCommands:\n')
  if (below === undefined) {
    const options = [...head.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = '']) => option)
    return [{ name: words.join(' '), options: options.filter((option) => option !== '--help') }]
  }
  const names = [...below.matchAll(/^ {2}([a-z]+)/gm)].map(([, name = '']) => name)
  // A group lists Commander's own `help` too.
  const own = names.filter((name) => words.length === 0 || name !== 'help')
  return (await Promise.all(own.map((name) => commandsOf([...words, name])))).flat()
}

test('the table in docs/operating.md has every command with its options, and no other', async () => {
  const text = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8')
  const [, section = ''] = text.split('\n| command | what it does |\n')
  const rows = section.split('\n\n')[0]?.split('\n').slice(1) ?? []
  const cells = rows.flatMap((row) =>
    [...(row.split(' | ')[0] ?? '').matchAll(/`([^`]+)`/g)].map(([, cell = '']) => cell),
  )
  const nameIn = (cell: string) => /^[a-z]+( [a-z]+){0,2}(?= |$)/.exec(cell.replace(/^help .*/, 'help'))?.[0] ?? cell
  const documented = new Map<string, string>()
  for (const cell of cells) documented.set(nameIn(cell), `${documented.get(nameIn(cell)) ?? ''} ${cell}`)

  const commands = await commandsOf([])
  assert.ok(commands.length > 20)
  assert.deepEqual([...documented.keys()].toSorted(), commands.map(({ name }) => name).toSorted())
  // The text below the table says which commands have --json.
  for (const { name, options } of commands) {
    const cell = [documented.get(name), ...rows.filter((row) => row.startsWith(`| \`${name}\``))].join(' ')
    const missing = options.filter((option) => option !== '--json' && !cell.includes(option))
    assert.deepEqual(missing, [], `${name} of the table`)
    const isSaid = name.startsWith('service') || /list|fleet|routes|settings|token create/.test(name)
    assert.equal(options.includes('--json'), isSaid, `--json of ${name}`)
  }
})
