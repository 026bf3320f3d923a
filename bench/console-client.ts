// Many consoles that follow their events, in a process of their own.
import { once } from 'node:events'
import { request } from 'node:http'

/** What to open: this many streams with each token. */
export interface Streams {
  address: string
  tokens: string[]
  each: number
}

process.on('message', async ({ address, tokens, each }: Streams) => {
  const { hostname, port } = new URL(address)
  let opened = 0
  for (const token of tokens) {
    for (let i = 0; i < each; i++) {
      const headers = { cookie: `latchkey=${token}`, 'latchkey-console': '1', 'sec-fetch-site': 'same-origin' }
      const [response] = await once(
        request({ hostname, port, path: '/console/events', headers, agent: false }).end(),
        'response',
      )
      if (response.statusCode !== 200) throw new Error(`a console gets ${response.statusCode}`)
      await once(response, 'data')
      response.resume()
      opened++
    }
  }
  process.send?.({ opened })
})
