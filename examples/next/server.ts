// Serves the route handler without Next.js. Run with LATCHKEY_URL=latchkey://CLIENT_ID:CLIENT_SECRET@HOST:PORT
import { serve } from '@hono/node-server'
import { GET, verifier } from './route.ts'

await verifier.ready()
serve({ fetch: GET, port: Number(process.env.PORT ?? 3000), hostname: '127.0.0.1' }, ({ port }) => {
  console.log(`listening at http://127.0.0.1:${port}`)
})
