// Whether the photo directory is still the one that the import began with, and still this import's to write. Looks at
// the supply's own place in it only.
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { FileIdentity } from '../../disk/file-identity.ts'
import { findIdentity, isSameIdentity } from '../../disk/file-identity.ts'

export interface DirectoryClaim {
  /** Makes the place for the supply's own files. From then on the directory must stay the same one. */
  claim(): void
  /** Names a file in the supply's own place that is there for as long as this import may write. */
  watchFlag(path: string): void
  /**
   * @throws DirectoryError when the directory has gone, or is another one than was claimed, as when it is unmounted,
   * and when the flag has been taken down.
   */
  check(): void
}

/** The directory is not there any more, or another one is in its place. */
export class DirectoryError extends Error {}

export function buildClaim(photos: string, stateDirectory: string): DirectoryClaim {
  let identity: FileIdentity | undefined
  let flag: string | undefined
  return {
    claim: () => {
      // The photo directory itself is not ours to make.
      if (!existsSync(stateDirectory)) mkdirSync(stateDirectory, { mode: 0o700 })
      identity = findIdentity(stateDirectory)
    },
    watchFlag: path => {
      flag = path
    },
    check: () => {
      if (identity === undefined) return
      // Where a file system keeps no time of birth, a new directory may pass for the old one. It never has the flag,
      // whose name is random.
      const isSame = isSameIdentity(findIdentity(stateDirectory), identity)
      if (isSame && (flag === undefined || existsSync(flag))) return
      if (isSame && existsSync(draftsOf(stateDirectory))) {
        const message = `${flag} has been taken down: another import took this one for dead; this one stops, and the next goes on`
        throw new DirectoryError(message)
      }
      const message = `${photos} has gone, or is another directory than when this began; was it moved or unmounted? What was written is in the old one`
      throw new DirectoryError(message)
    },
  }
}

/** Where photos are written before they are put in place. */
export function draftsOf(stateDirectory: string): string {
  return join(stateDirectory, 'drafts')
}
