import { randomUUIDv7 } from 'node:crypto'
import type { Ports } from '../ports.ts'
import { Refusal } from '../refusal.ts'
import { parseDeadline } from './deadline.ts'
import { deleteWidget, insertWidget, type NewWidget, updateWidget } from './records.ts'
import { isWidgetName } from './widget.ts'

/** Input that has been validated. */
export interface WidgetInput {
  name: string
  info_url: string
  deadline: string
}

/** @throws Refusal widget_taken */
export async function addWidget(ports: Ports, input: WidgetInput, ownerId: string): Promise<void> {
  if (!(await insertWidget(ports.store, newWidget(ports, input, ownerId)))) {
    throw new Refusal('widget_taken', { subject: input.name })
  }
}

/** An attempt fails only if another request adds or deletes the widget between its two statements. */
const maxAttempts = 10

/** Updates the widget, or adds it if there is none. @throws Refusal write_conflict */
export async function putWidget(ports: Ports, input: WidgetInput, ownerId: string): Promise<'updated' | 'added'> {
  const widget = newWidget(ports, input, ownerId)
  const { info_url, deadline } = widget
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    if (await updateWidget(ports.store, input.name, { info_url, deadline })) return 'updated'
    if (await insertWidget(ports.store, widget)) return 'added'
  }
  throw new Refusal('write_conflict', { subject: input.name })
}

/** @throws Refusal widget_not_found */
export async function removeWidget(ports: Ports, name: string): Promise<void> {
  if (!isWidgetName(name) || !(await deleteWidget(ports.store, name)))
    throw new Refusal('widget_not_found', { subject: name })
}

function newWidget(ports: Ports, { name, info_url, deadline }: WidgetInput, owner_id: string): NewWidget {
  const at = parseDeadline(deadline)
  if (at === undefined) throw new Error('the deadline was not validated')
  return { id: randomUUIDv7(), name, info_url, deadline: at, owner_id, created_at: ports.clock() }
}
