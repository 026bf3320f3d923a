// Runs the blocks of docs/gateways.md, exactly as they stand there except for addresses and paths of files.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcp } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'

const text = readFileSync(new URL('../../docs/gateways.md', import.meta.url), 'utf8')

/** The blocks of this language below a heading, up to the next heading. @param changes addresses and paths */
export function blocksOf(heading: string, language: string, changes: Record<string, string>): string[] {
  const [, after = ''] = text.split(`# ${heading}\n`)
  const [section = ''] = after.split(/\n##+ /)
  return [...section.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, block = '']) =>
    Object.entries(changes).reduce((changed, [from, to]) => changed.replaceAll(from, to), block),
  )
}

export async function freePort(): Promise<number> {
  const server = createTcp().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  return port
}

/** An empty folder that is removed after the test. */
export function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-gateway-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  // nginx writes its temporary files as another user.
  if (process.getuid?.() === 0) chownSync(folder, 65_534, 65_534)
  return folder
}

/** Writes a configuration of nginx around what belongs into its block `http`. @returns the command */
export function nginx(folder: string, http: string): string[] {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `  ${kind}_temp_path ${folder}/${kind};`,
  )
  writeFileSync(
    join(folder, 'nginx.conf'),
    `pid ${folder}/pid;\nerror_log ${folder}/error.log;\nevents {}\nhttp {\n  access_log off;\n${paths.join('\n')}\n${http}}\n`,
  )
  return ['nginx', '-c', join(folder, 'nginx.conf'), '-p', folder, '-g', 'daemon off; master_process off;']
}

/** Runs a gateway until the end of the test. @returns what it has written to stderr */
export async function runGateway(
  t: TestContext,
  folder: string,
  [file = '', ...args]: string[],
  port: number,
): Promise<() => string> {
  const env = { PATH: `${process.env.PATH}:/usr/sbin`, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const child = spawn(file, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (bytes) => {
    errors += bytes
  })
  const ended = Promise.race([once(child, 'exit'), once(child, 'error')])
  t.after(async () => {
    child.kill()
    await ended
  })
  await untilOpen(port, child, () => errors)
  return () => errors
}

async function untilOpen(port: number, child: ChildProcess, errors: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the gateway ended: ${errors()}`)
    const socket = connect(port, '127.0.0.1')
    const opened = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'error').then(() => false),
    ]).catch(() => false)
    socket.destroy()
    if (opened) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/**
 * Answers with the method and with all headers that name a user or a client. As behind one more proxy, headers that `Connection`
 * names are gone (RFC 9110 §7.6.1).
 */
export async function startApplication(): Promise<Server & { port: number }> {
  const server = createServer(({ method, headers }, response) => {
    const dropped = (headers.connection ?? '').toLowerCase().split(/ *, */)
    const named = Object.entries(headers).filter(
      ([name, value]) => /^x.(auth|forwarded.for)|^forwarded/.test(name) && value && !dropped.includes(name),
    )
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ method, ...Object.fromEntries(named) }))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return Object.assign(server, { port: (server.address() as AddressInfo).port })
}
