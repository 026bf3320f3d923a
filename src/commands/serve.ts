import { readSettings } from '../config.ts'
import { startService } from '../latchkey.ts'

const drain_ms = 10_000

/** Runs the service until SIGTERM or SIGINT. */
export async function serve(): Promise<void> {
  const service = await startService(readSettings())
  process.stdout.write(`Latchkey listens on ${service.address}
  Swagger UI   ${service.address}/api/v1/ui
  health       ${service.address}/healthz
  Make an administrator:  npx latchkey user add you@example.com --admin
`)
  const leave = () => {
    setTimeout(() => process.exit(1), drain_ms).unref()
    service.stop().then(() => process.exit(0))
  }
  process.once('SIGTERM', leave)
  process.once('SIGINT', leave)
}
