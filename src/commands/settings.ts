import { sourceOf } from '../config/reader.ts'
import { type Settings, settingsTable } from '../config/table.ts'
import { withoutCredentials } from './db.ts'
import { type Column, print, printList } from './terminal.ts'

/** Prints the settings in effect, and where each value comes from. Secrets are not shown. */
export function showSettings(settings: Settings, options: { json?: true; markdown?: true }): void {
  if (options.markdown) {
    print(settingsMarkdown())
    return
  }
  const rows = (Object.keys(settingsTable) as (keyof Settings)[]).map((setting) => {
    const { type, meaning } = settingsTable[setting]
    return { setting, value: shown(settings, setting), source: sourceOf(setting), values: type, meaning }
  })
  printList(rows, columns, options)
}

const columns: Column<{ setting: string; value: unknown; source: string }>[] = [
  ['SETTING', ({ setting }) => setting],
  ['VALUE', ({ value }) => (value === '' || String(value) === '' ? null : String(value))],
  ['FROM', ({ source }) => source],
]

/** Returns the value without a secret. */
function shown(settings: Settings, name: keyof Settings): unknown {
  if (name === 'DATABASE_URL') return withoutCredentials(settings.DATABASE_URL)
  if (name === 'SMTP_URL') return settings.SMTP_URL.replace(/\/\/.*@/, '//')
  if (name === 'LATCHKEY_SECRET' && settings.LATCHKEY_SECRET !== '') return '(secret)'
  return settings[name]
}

/** Returns the Markdown table of docs/settings.md. */
export function settingsMarkdown(): string {
  const rows = Object.entries(settingsTable).map(([name, { fallback_text, type, meaning }]) => [
    `\`${name}\``,
    fallback_text === 'none' ? 'none' : `\`${fallback_text}\``,
    type,
    meaning,
  ])
  return [['setting', 'default', 'values', 'meaning'], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
}
