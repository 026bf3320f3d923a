import { after, before } from 'node:test'
import { type DatabaseKind, onEachDatabase, type TestDatabase } from '../support/databases.ts'
import { account, startTestService, type TestService } from '../support/service.ts'

/** The service under test and its clock. */
export interface Subject {
  readonly kind: DatabaseKind
  service: TestService
  database: TestDatabase
  /** The service's time, in milliseconds since 1970. Tests change it. */
  now: number
  call: TestService['call']
  /** Restarts the service on the same data. */
  restart: (settings?: Record<string, string>) => Promise<void>
  newUser: (more?: { username?: string; password?: string; headers?: string[] }) => Promise<Holder>
  newAdmin: () => Promise<Holder>
}

/** A user with an account and a live token. */
export interface Holder {
  email: string
  password: string
  token: string
}

/** The start of the clock. A whole second, because tokens count in seconds. */
export const noon = Date.parse('2030-06-15T12:00:00.000Z')

let accounts = 0

/** Declares a suite once for each kind of database. The service runs during the tests of the suite. */
export function onEachService(
  name: string,
  suite: (subject: Subject) => void,
  settings: Record<string, string> = {},
): void {
  onEachDatabase(name, (create, kind) => {
    const subject = createSubject(kind, settings)
    before(async () => {
      subject.database = await create()
      subject.service = await startTestService(subject.database, settings, () => subject.now)
    })
    after(async () => {
      await subject.service.stop()
      await subject.database.remove()
    })
    suite(subject)
  })
}

function createSubject(kind: DatabaseKind, settings: Record<string, string>): Subject {
  const subject: Subject = {
    kind,
    service: undefined as unknown as TestService,
    database: undefined as unknown as TestDatabase,
    now: noon,
    call: (method, path, call) => subject.service.call(method, path, call),
    async restart(more = {}) {
      await subject.service.stop()
      subject.service = await startTestService(subject.database, { ...settings, ...more }, () => subject.now)
    },
    async newUser({ headers, ...more } = {}) {
      const input = { email: `user-${++accounts}@example.com`, password: account.password, ...more }
      const { json } = await subject.call('POST', '/auth/register', { json: input, ...(headers && { headers }) })
      return { email: input.email, password: input.password, token: json.access_token }
    },
    async newAdmin() {
      const email = `admin-${++accounts}@example.com`
      return { email, password: account.password, token: await subject.service.admin({ email }) }
    },
  }
  return subject
}
