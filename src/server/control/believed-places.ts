// Whose sockets a verb believes. Anybody can compute the name of a gate's socket and put one into a folder of their own, so
// a socket counts only if its owner can change the configuration anyway, and only if it is of the process that it names.
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { GatePlace } from './control-places.ts'

const root = 0

/**
 * The users whose gates are believed: root, the user who asks, and the owners of the configuration and of its folder.
 * @param path of the configuration, or of the directory of photos if there is none
 */
export function findOwners(path: string, uid: number | undefined): Set<number> {
  const owners = new Set([root, ...(uid === undefined ? [] : [uid])])
  const whole = resolve(path)
  for (const named of [whole, dirname(whole)]) {
    const owner = ownerOf(named)
    if (owner !== undefined) owners.add(owner)
  }
  return owners
}

function ownerOf(path: string): number | undefined {
  try {
    return statSync(path).uid
  } catch {
    return undefined
  }
}

/** `strange`: in folders of users who are not believed. They are not connected to. */
export function divideByTrust(
  places: readonly GatePlace[],
  owners: ReadonlySet<number>,
): { readonly believed: GatePlace[]; readonly strange: GatePlace[] } {
  const isBelieved = ({ isService, owner }: GatePlace) =>
    isService || owner === undefined || owners.has(owner)
  return {
    believed: places.filter(isBelieved),
    strange: places.filter(place => !isBelieved(place)),
  }
}

/**
 * Whether the process that the socket names runs as the folder's owner. On Linux only; elsewhere the folder has to do.
 * The owner of /proc/PID would not say it: a Node.js with capabilities (setcap) has it owned by root.
 */
export function isProcessOfOwner({ pid, owner }: GatePlace): boolean {
  if (process.platform !== 'linux' || pid === undefined || owner === undefined) return true
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const [, effective] = /^Uid:\t\d+\t(\d+)\t/m.exec(status) ?? []
    return Number(effective) === owner
  } catch {
    return false
  }
}
