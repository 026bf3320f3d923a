import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { countWidgets, findWidget, selectWidgetPage, type WidgetRow } from './records.ts'
import { isWidgetName } from './widget.ts'

/** @throws Refusal widget_not_found */
export async function getWidget({ store }: Ports, name: string): Promise<WidgetRow> {
  // PostgreSQL has no text with a NUL in it; what cannot be a name is looked for nowhere.
  const widget = isWidgetName(name) ? await findWidget(store, name) : undefined
  if (widget === undefined) throw new Refusal('widget_not_found', { subject: name })
  return widget
}

/** One page of all widgets, oldest first; a page past the end is empty. */
export async function listWidgets({ store }: Ports, page: number, perPage: number) {
  const total = await countWidgets(store)
  const offset = (page - 1) * perPage
  const items = offset < total ? await selectWidgetPage(store, offset, perPage) : []
  return { items, total }
}
