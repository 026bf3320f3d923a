import { openDatabase } from '../../src/store/open.ts'

/** Lets time pass for the next key: every key set that lacks the key has expired. */
export async function ageNextKey({ url }: { url: string }): Promise<void> {
  const { store } = await openDatabase(url)
  try {
    const { numUpdatedRows } = await store
      .updateTable('signing_key')
      .set(({ eb }) => ({
        created_at: eb('created_at', '-', 600_000),
        signs_from: eb('signs_from', '-', 600_000),
      }))
      .where('next', '=', 1)
      .where('retired_at', 'is', null)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows !== 1n) throw new Error('there is no next key')
  } finally {
    await store.destroy()
  }
}
