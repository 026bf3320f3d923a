import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/**
 * The least that PostgreSQL allows: one connection commits a row and notifies, and a second one writes another row and
 * notifies back, as a revocation and a node's row do.
 */
export async function startBarePair(database: pg.Client, perSecond: number) {
  await database.query('create table bare (id integer primary key, value integer not null default 0)')
  await database.query('insert into bare values (1), (2)')
  const clients = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const { user, password, host, port, database: name } = database
      const client = new pg.Client({ user, password: password ?? undefined, host, port, database: name })
      await client.connect()
      return client
    }),
  )
  const [first, firstHears, second, secondHears] = clients as [pg.Client, pg.Client, pg.Client, pg.Client]
  const write = (client: pg.Client, id: number, channel: string, settings = '') =>
    client.query(
      `with written as (update bare set value = value + 1 where id = ${id} returning id)
       select pg_notify('${channel}', '')${settings} from written`,
    )
  await firstHears.query('listen bare_back')
  await secondHears.query('listen bare_there')
  secondHears.on(
    'notification',
    () => void write(second, 2, 'bare_back', `, set_config('synchronous_commit', 'off', true)`),
  )
  return {
    async measure(times: number): Promise<number[]> {
      const took: number[] = []
      for (let i = 0; i < times; i++) {
        const began_ms = performance.now()
        const back = once(firstHears, 'notification')
        await write(first, 1, 'bare_there')
        await back
        took.push(performance.now() - began_ms)
        await sleep(1000 / perSecond)
      }
      return took
    },
    async stop() {
      for (const client of clients) await client.end()
    },
  }
}
