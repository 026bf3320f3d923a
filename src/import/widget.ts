import { normalizeEmail } from '../accounts/names.ts'
import type { Format } from '../format.ts'
import { widgetFormats } from '../widgets/widget.ts'
import { Flaw, orFlaw } from './entry.ts'
import { derivedId, idOf, parseInstant } from './user.ts'

/** A widget of the tutorial, in the form of a row. Instants are milliseconds since 1970. */
export interface ImportedWidget {
  id: string
  name: string
  info_url: string
  deadline: number
  owner_id: string
  created_at: number
}

/**
 * Reads the fields of a widget.
 * @param fields `owner_public_id` and `owner_email` are about the owner
 */
export function readWidget(fields: Record<string, unknown>): ImportedWidget | Flaw {
  return orFlaw(() => {
    const name = check('name', String(fields.name).toLowerCase(), widgetFormats['widget-name'])
    return {
      id: derivedId('widget', name),
      name,
      info_url: check('info_url', String(fields.info_url), widgetFormats['web-url']),
      deadline: instantOf('deadline', fields.deadline),
      owner_id: idOf(fields.owner_public_id, normalizeEmail(String(fields.owner_email))),
      created_at: instantOf('created_at', fields.created_at),
    }
  })
}

/** @throws Flaw */
function check(field: string, value: string, { accepts, sentence }: Format): string {
  if (accepts(value)) return value
  throw new Flaw(sentence(field, value))
}

/** @throws Flaw */
function instantOf(field: string, value: unknown): number {
  const instant = parseInstant(String(value))
  if (instant === undefined) throw new Flaw(`${field} must be an instant`)
  return instant
}
