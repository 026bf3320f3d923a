import { once } from 'node:events'
import { request } from 'node:http'
import { ownPage } from './browser.ts'

/** A console that follows its events. */
export interface Follower {
  status: number
  /** The name and the data of the next event, such as `ended revoked`. `closed`: the server has ended the stream. */
  next: () => Promise<string>
  /** Every event that has arrived and was not returned yet. */
  waiting: () => string[]
  /** Stops reading, as a browser does that hangs. */
  pause: () => void
  resume: () => void
  close: () => void
}

/** Opens the stream of events, as the console's page does. @param cookie the value of the header `Cookie` */
export async function followEvents(address: string, cookie: string, path = '/console/events'): Promise<Follower> {
  const { hostname, port, host } = new URL(address)
  const headers = [...['Host', host, 'Cookie', cookie], ...ownPage]
  const sent = request({ hostname, port, path, headers, agent: false }).end()
  const [response] = await once(sent, 'response')
  const events: string[] = []
  let arrived = () => {}
  const add = (event: string) => {
    events.push(event)
    arrived()
  }
  let text = ''
  response.setEncoding('utf8').on('data', (part: string) => {
    const blocks = (text + part).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const event = /^event: (\w+)\ndata: ?(.*)$/.exec(block)
      if (event) add(`${event[1]} ${event[2]}`.trim())
    }
  })
  response.on('error', () => {})
  response.on('close', () => add('closed'))
  return {
    status: response.statusCode,
    async next() {
      while (events.length === 0) {
        await new Promise<void>((resolve) => {
          arrived = resolve
        })
      }
      return events.shift() as string
    },
    waiting: () => events.splice(0),
    pause: () => response.pause(),
    resume: () => response.resume(),
    close: () => sent.destroy(),
  }
}
