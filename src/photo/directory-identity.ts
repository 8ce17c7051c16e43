// Tells whether a directory is still the one that it was, or another has taken its place.
import type { FileIdentity } from '../disk/file-identity.ts'
import { findIdentity } from '../disk/file-identity.ts'

/** Undefined where there is no directory, or nobody can know. Never throws. */
export function directoryIdentity(directory: string): FileIdentity | undefined {
  try {
    return findIdentity(directory)
  } catch {
    return undefined
  }
}
