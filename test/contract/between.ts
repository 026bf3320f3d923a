import type { Ports } from '../../src/ports.ts'

/** Returns ports with which `act` runs once, after the use case has checked what it was given and before it writes a token. */
export function between(ports: Ports, act: () => Promise<unknown>): Ports {
  let acted: Promise<unknown> | undefined
  const signing = async () => {
    acted ??= act()
    await acted
    return ports.keys.signing()
  }
  return { ...ports, keys: { ...ports.keys, signing } }
}
