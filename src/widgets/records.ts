import type { Place } from '../http/page.ts'
import type { Store } from '../store/schema.ts'

/** A widget with its owner. Instants are milliseconds since 1970. */
export interface WidgetRow {
  name: string
  info_url: string
  created_at: number
  deadline: number
  owner_id: string
  /** Null if the owner's account has been deleted. */
  owner_email: string | null
}

export interface NewWidget {
  id: string
  name: string
  info_url: string
  deadline: number
  owner_id: string
  created_at: number
}

/** Inserts a widget. @returns false if the name is taken */
export async function insertWidget(store: Store, widget: NewWidget): Promise<boolean> {
  const inserted = await store
    .insertInto('widget')
    .values(widget)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returning('id')
    .executeTakeFirst()
  return inserted !== undefined
}

/** Updates a widget. @returns false if there is no widget of this name */
export async function updateWidget(
  store: Store,
  name: string,
  change: { info_url: string; deadline: number },
): Promise<boolean> {
  const { numUpdatedRows } = await store
    .updateTable('widget')
    .set(change)
    .where('name', '=', name)
    .executeTakeFirstOrThrow()
  return numUpdatedRows > 0n
}

/** Deletes a widget. @returns false if there is no widget of this name */
export async function deleteWidget(store: Store, name: string): Promise<boolean> {
  const { numDeletedRows } = await store.deleteFrom('widget').where('name', '=', name).executeTakeFirstOrThrow()
  return numDeletedRows > 0n
}

export function findWidget(store: Store, name: string): Promise<WidgetRow | undefined> {
  return selectWidgets(store).where('widget.name', '=', name).executeTakeFirst()
}

/** Selects one page of widgets, oldest first. */
export function selectWidgetPage(store: Store, { offset, limit, fromEnd }: Place): Promise<WidgetRow[]> {
  const order = fromEnd ? 'desc' : 'asc'
  return selectWidgets(store)
    .orderBy('widget.created_at', order)
    .orderBy('widget.id', order)
    .offset(offset)
    .limit(limit)
    .execute()
}

export async function countWidgets(store: Store): Promise<number> {
  const { count } = await store
    .selectFrom('widget')
    .select((select) => select.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow()
  return count
}

function selectWidgets(store: Store) {
  return store
    .selectFrom('widget')
    .leftJoin('user', 'user.id', 'widget.owner_id')
    .select([
      'widget.name',
      'widget.info_url',
      'widget.created_at',
      'widget.deadline',
      'widget.owner_id',
      'user.email as owner_email',
    ])
}
