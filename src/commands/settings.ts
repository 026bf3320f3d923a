import { settingsTable } from '../config/table.ts'

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
