import { type MessageKind, messageKinds, type TemplateName, templateNames } from './message.ts'

/** The texts of a kind of message. */
export interface Template {
  subject: string
  text: string
  html: string
}

export type Templates = Record<MessageKind, Template>

/** A template that cannot be used. The message names the file. */
export class TemplateError extends Error {
  override name = 'TemplateError'
}

const placeholder = /\{\{([^{}]*)\}\}/g
const subjectLine = /^Subject: ([^\r\n]+)\r?\n\r?\n/

/**
 * Reads the two files of a kind of message.
 * @param files `text` begins with a line `Subject: …` and an empty line
 * @throws TemplateError
 */
export function parseTemplate(kind: MessageKind, files: { text: string; html: string }): Template {
  const [head, subject] = subjectLine.exec(files.text) ?? []
  if (head === undefined || subject === undefined) {
    throw new TemplateError(`${kind}.txt must begin with a line "Subject: …" and an empty line`)
  }
  const text = files.text.slice(head.length)
  for (const [file, content] of [
    [`${kind}.txt`, files.text],
    [`${kind}.html`, files.html],
  ] as const) {
    const names = [...content.matchAll(placeholder)].map(([, name = '']) => name)
    const unknown = names.find((name) => !isTemplateName(name))
    if (unknown !== undefined) {
      throw new TemplateError(`${file} has {{${unknown}}}; the names are ${templateNames.join(', ')}`)
    }
    if (messageKinds[kind].link && !names.includes('link') && !names.includes('token')) {
      throw new TemplateError(`${file} must have {{link}} or {{token}}`)
    }
  }
  // A server of mail may refuse other ends of lines. The library writes CRLF.
  return { subject, text: text.replaceAll('\r\n', '\n'), html: files.html }
}

function isTemplateName(name: string): name is TemplateName {
  return templateNames.some((each) => each === name)
}

/** Fills a template. A value never begins a new line, and never becomes HTML. */
export function fillTemplate(template: Template, values: Partial<Record<TemplateName, string>>): Template {
  const fill = (text: string, toText: (value: string) => string) =>
    text.replace(placeholder, (_, name: TemplateName) => toText(oneLine(values[name] ?? '')))
  return {
    subject: fill(template.subject, (value) => value),
    text: fill(template.text, (value) => value),
    html: fill(template.html, escapeHtml),
  }
}

function oneLine(value: string): string {
  return value.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => entities[character] as string)
}
