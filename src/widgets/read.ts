import { type PageQuery, readPage } from '../http/page.ts'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { countWidgets, findWidget, selectWidgetPage, type WidgetRow } from './records.ts'
import { isWidgetName } from './widget.ts'

/** Returns a widget. @throws Refusal widget_not_found */
export async function getWidget({ store }: Ports, name: string): Promise<WidgetRow> {
  // PostgreSQL cannot compare a text that contains NUL, so a malformed name is not looked up.
  const widget = isWidgetName(name) ? await findWidget(store, name) : undefined
  if (widget === undefined) throw new Refusal('widget_not_found', { subject: name })
  return widget
}

/** Returns one page of all widgets, oldest first. A page past the end is empty. */
export async function listWidgets({ store }: Ports, query: PageQuery): Promise<{ items: WidgetRow[]; total: number }> {
  return readPage(query, {
    total: await countWidgets(store),
    select: (place) => selectWidgetPage(store, place),
  })
}
