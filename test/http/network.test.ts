import assert from 'node:assert/strict'
import { test } from 'node:test'
import { networkOf } from '../../src/http/network.ts'

/** Addresses and the network that limits count by. */
const networks: [address: string, network: string][] = [
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  // Clients behind a translator: one must not use up the limit of another.
  ['64:ff9b::192.0.2.1', '192.0.2.1'],
  ['64:ff9b::198.51.100.7', '198.51.100.7'],
  ['::ffff:0:198.51.100.7', '198.51.100.7'],
  // One client with 6to4: another subnet must not give more attempts.
  ['2002:c000:201::1', '192.0.2.1'],
  ['2002:c000:201:ffff::1', '192.0.2.1'],
  ['_hidden', '_hidden'],
]

for (const [address, network] of networks) {
  test(`the limits of ${address} are those of ${network}`, () => assert.equal(networkOf(address), network))
}
