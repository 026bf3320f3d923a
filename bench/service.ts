import { execFileSync } from 'node:child_process'
import { file } from './processes.ts'

/** The credentials of a service. */
export interface Credentials {
  client_id: string
  client_secret: string
}

/**
 * Registers a service with the command line.
 * @param folder with the database `latchkey.db`, unless `DATABASE_URL` names another
 */
export function addService(folder: string, DATABASE_URL = 'sqlite:latchkey.db'): Credentials {
  const command = [file('../bin/latchkey.js'), 'service', 'add', 'bench', '--json']
  const env = { PATH: process.env.PATH, DATABASE_URL, LOG_LEVEL: 'error' }
  return JSON.parse(execFileSync(process.execPath, command, { cwd: folder, env, encoding: 'utf8' }))
}

/** Returns a LATCHKEY_URL. @param address of a server, such as `http://127.0.0.1:5000` */
export function connectionUrl(address: string, { client_id, client_secret }: Credentials): string {
  return address.replace('http://', `latchkey://${client_id}:${encodeURIComponent(client_secret)}@`)
}
