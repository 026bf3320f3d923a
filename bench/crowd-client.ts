// Verifiers in a process of their own. Arguments: the address of a server, and how many verifiers connect.
import { connectVerifier } from '../test/support/verifier.ts'

const [address = '', count = '0'] = process.argv.slice(2)
const { CLIENT_ID: client_id = '', CLIENT_SECRET: client_secret = '' } = process.env

// Some at a time, as after a restart of the server.
for (let open = 0; open < Number(count); open += 50) {
  const some = Math.min(50, Number(count) - open)
  const connecting = Array.from({ length: some }, () => connectVerifier(address, { client_id, client_secret }))
  for (const verifier of await Promise.all(connecting)) await verifier.leased()
}
// As a server does that listens.
process.stdout.write('http://127.0.0.1:1\n')
setInterval(() => {}, 60_000)
