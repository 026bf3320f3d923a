import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

export type Direction = 'toDatabase' | 'fromDatabase'

/** A proxy between one node and its database, or a verifier and its node, that can cause network faults. */
export interface DatabaseProxy {
  port: number
  /** Delays every byte by this time from now on. */
  delay: (delay_ms: number) => void
  /** Drops everything sent in this direction. Connections stay open. `heal` breaks connections that have lost bytes. */
  drop: (direction: Direction) => void
  /** Delivers nothing in either direction, not even the end of a connection, until `heal`. */
  hold: () => void
  /** Breaks every connection. New connections work. */
  reset: () => void
  heal: () => void
  /** Number of bytes that the node has sent so far. */
  sent: () => number
  close: () => Promise<void>
}

/** The network faults that are active now. */
interface ActiveFaults {
  delay_ms: number
  dropped: Direction | undefined
  held: boolean
}

interface Pipe {
  heal: () => void
  destroy: () => void
}

/** @param target the port behind the proxy; a function is asked for each connection */
export async function createProxy(target: number | (() => number)): Promise<DatabaseProxy> {
  const faults: ActiveFaults = { delay_ms: 0, dropped: undefined, held: false }
  const pipes = new Set<Pipe>()
  let sent = 0
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (node) => {
    const database = connect({
      port: typeof target === 'number' ? target : target(),
      host: '127.0.0.1',
      noDelay: true,
      allowHalfOpen: true,
    })
    node.on('data', (chunk) => {
      sent += chunk.length
    })
    const pipe = join(node, database, faults, () => pipes.delete(pipe))
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
      faults.delay_ms = delay_ms
    },
    drop(direction) {
      faults.dropped = direction
    },
    hold() {
      faults.held = true
    },
    reset,
    heal() {
      Object.assign(faults, { delay_ms: 0, dropped: undefined, held: false })
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

/** Forwards both directions of one connection. An error on either side, or the end of both, closes it. */
function join(node: Socket, database: Socket, faults: ActiveFaults, onClose: () => void): Pipe {
  const directions = [
    forward(node, database, 'toDatabase', faults),
    forward(database, node, 'fromDatabase', faults),
  ] as const
  const destroy = () => {
    node.destroy()
    database.destroy()
    onClose()
  }
  database.on('error', destroy)
  node.on('error', () => directions[0].end())
  node.on('close', () => directions[0].end())
  database.on('close', destroy)
  return {
    destroy,
    heal() {
      if (directions.some((direction) => direction.lossy())) destroy()
      else for (const direction of directions) direction.flush()
    },
  }
}

interface Forwarder {
  /** Forwards the chunks that are due. */
  flush: () => void
  /** The sender has ended. The receiver's side ends after the last chunk. */
  end: () => void
  /** Whether bytes were dropped, so that later bytes are unusable. */
  lossy: () => boolean
}

function forward(from: Socket, to: Socket, direction: Direction, faults: ActiveFaults): Forwarder {
  /** Chunks in the order of arrival. Undefined is the end. */
  const queue: { chunk: Buffer | undefined; due_ms: number }[] = []
  let timer: NodeJS.Timeout | undefined
  let lost = false
  let ended = false
  const flush = () => {
    clearTimeout(timer)
    while (queue[0] !== undefined && !faults.held) {
      const { chunk, due_ms } = queue[0]
      const wait_ms = Math.min(due_ms - performance.now(), faults.delay_ms)
      if (wait_ms > 0) {
        timer = setTimeout(flush, wait_ms)
        return
      }
      queue.shift()
      if (chunk !== undefined) to.write(chunk)
      else to.end()
    }
  }
  const take = (chunk: Buffer | undefined) => {
    if (faults.dropped === direction) {
      lost = true
      return
    }
    queue.push({ chunk, due_ms: performance.now() + faults.delay_ms })
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
