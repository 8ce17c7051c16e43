// Tells whether a directory is still the one that it was, or another has taken its place.
import { statSync } from 'node:fs'
import type { FileIdentity } from '../disk/file-identity.ts'
import { findIdentity, inodeOf, isSameIdentity } from '../disk/file-identity.ts'

/** Undefined where there is no directory, or it cannot be examined. Never throws. */
export function directoryIdentity(directory: string): FileIdentity | undefined {
  try {
    return findIdentity(directory)
  } catch {
    return undefined
  }
}

export interface DirectoryPlace {
  /** Looks at the directory itself. @throws Error when it cannot be looked at. */
  look(): PlaceChange
  /** Whether the directory is the one of the last look. Never throws. */
  isSame(): boolean
}

export interface PlaceChange {
  readonly isDirectory: boolean
  /** Another directory has taken the place since the last look: a new mount, or a link turned around. */
  readonly isOther: boolean
  /** In the same directory, a name has come or gone since the last look. */
  readonly hasMoved: boolean
}

export function buildDirectoryPlace(directory: string): DirectoryPlace {
  let identity = ''
  let place: FileIdentity | undefined
  let modifiedMs = 0
  return {
    look: () => {
      const stats = statSync(directory, { throwIfNoEntry: false })
      // With the time of birth as it is: taking a directory for another one costs a scan and nothing more.
      const seen = stats ? `${inodeOf(stats)}:${stats.birthtimeMs}` : ''
      place = directoryIdentity(directory)
      const isOther = stats !== undefined && seen !== identity
      const hasMoved = stats !== undefined && stats.mtimeMs !== modifiedMs && !isOther
      if (isOther) identity = seen
      modifiedMs = stats?.mtimeMs ?? 0
      return { isDirectory: stats?.isDirectory() === true, isOther, hasMoved }
    },
    isSame: () => isSameIdentity(directoryIdentity(directory), place),
  }
}
