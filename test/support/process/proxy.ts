import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type Direction = 'toDatabase' | 'fromDatabase'

/** A network between one node and its database that can be told to fail. */
export interface DatabaseProxy {
  port: number
  /** Every byte is this much late, from now on. */
  delay: (delay_ms: number) => void
  /** What is sent in this direction is lost; connections stay open, and are broken by `heal` if they have lost anything. */
  swallow: (direction: Direction) => void
  /** Nothing arrives in either direction, not even an end; `heal` delivers it late. */
  hold: () => void
  /** Breaks every connection; new ones work. */
  reset: () => void
  heal: () => void
  /** Bytes that came from the node so far. */
  sent: () => number
  close: () => Promise<void>
}

/** What is wrong with the network right now. */
interface Weather {
  delay_ms: number
  swallowed: Direction | undefined
  held: boolean
}

interface Pipe {
  heal: () => void
  destroy: () => void
}

export async function createProxy(databasePort: number): Promise<DatabaseProxy> {
  const weather: Weather = { delay_ms: 0, swallowed: undefined, held: false }
  const pipes = new Set<Pipe>()
  let sent = 0
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (node) => {
    const database = connect({ port: databasePort, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
    node.on('data', (chunk) => {
      sent += chunk.length
    })
    const pipe = join(node, database, weather, () => pipes.delete(pipe))
    pipes.add(pipe)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const reset = () => {
    for (const pipe of pipes) pipe.destroy()
  }
  return {
    port: (server.address() as { port: number }).port,
    delay(delay_ms) {
      weather.delay_ms = delay_ms
    },
    swallow(direction) {
      weather.swallowed = direction
    },
    hold() {
      weather.held = true
    },
    reset,
    heal() {
      Object.assign(weather, { delay_ms: 0, swallowed: undefined, held: false })
      for (const pipe of pipes) pipe.heal()
    },
    sent: () => sent,
    async close() {
      server.close()
      reset()
      await once(server, 'close')
    },
  }
}

/** Both directions of one connection; an error on either side, or an end on both, ends it. */
function join(node: Socket, database: Socket, weather: Weather, over: () => void): Pipe {
  const ways = [
    forward(node, database, 'toDatabase', weather),
    forward(database, node, 'fromDatabase', weather),
  ] as const
  const destroy = () => {
    node.destroy()
    database.destroy()
    over()
  }
  database.on('error', destroy)
  node.on('error', () => ways[0].end())
  node.on('close', () => ways[0].end())
  database.on('close', destroy)
  return {
    destroy,
    heal() {
      if (ways.some((way) => way.lossy())) destroy()
      else for (const way of ways) way.flush()
    },
  }
}

interface Way {
  /** Passes on what is due. */
  flush: () => void
  /** The sender has ended: so will the receiver's side, once it has everything. */
  end: () => void
  /** Whether bytes are missing, so that what follows makes no sense. */
  lossy: () => boolean
}

function forward(from: Socket, to: Socket, direction: Direction, weather: Weather): Way {
  /** In the order they came; undefined is the end. */
  const late: { chunk: Buffer | undefined; due_ms: number }[] = []
  let timer: NodeJS.Timeout | undefined
  let lost = false
  let ended = false
  const flush = () => {
    clearTimeout(timer)
    while (late[0] !== undefined && !weather.held) {
      const { chunk, due_ms } = late[0]
      const wait_ms = Math.min(due_ms - performance.now(), weather.delay_ms)
      if (wait_ms > 0) {
        timer = setTimeout(flush, wait_ms)
        return
      }
      late.shift()
      if (chunk !== undefined) to.write(chunk)
      else to.end()
    }
  }
  const take = (chunk: Buffer | undefined) => {
    if (weather.swallowed === direction) {
      lost = true
      return
    }
    late.push({ chunk, due_ms: performance.now() + weather.delay_ms })
    flush()
  }
  const end = () => {
    if (!ended) take(undefined)
    ended = true
  }
  from.on('data', take)
  from.on('end', end)
  return { flush, end, lossy: () => lost }
}
