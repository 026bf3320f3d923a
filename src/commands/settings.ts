import { settingsTable } from '../config.ts'

/** The settings as README's table in Markdown, a line each. */
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
