import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type MessageKind, messageKinds } from '../message.ts'
import { parseTemplate, TemplateError, type Templates } from '../templates.ts'

/**
 * Reads the templates of every kind of message.
 * @param own the folder MAIL_TEMPLATES, whose files replace those of Latchkey; empty: none
 * @param standard the folder of Latchkey's templates
 * @throws TemplateError
 */
export function readTemplates(own: string, standard: string): Templates {
  if (own !== '' && !statSync(own, { throwIfNoEntry: false })?.isDirectory()) {
    throw new TemplateError(`MAIL_TEMPLATES names ${own}, which is not a folder`)
  }
  const read = (file: string) => {
    const path = own !== '' && existsSync(join(own, file)) ? join(own, file) : join(standard, file)
    return readFileSync(path, 'utf8')
  }
  const kinds = Object.keys(messageKinds) as MessageKind[]
  const templates = kinds.map((kind) => [
    kind,
    parseTemplate(kind, { text: read(`${kind}.txt`), html: read(`${kind}.html`) }),
  ])
  return Object.fromEntries(templates) as Templates
}
