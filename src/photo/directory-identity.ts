// Tells whether a directory is still the one that it was, or another has taken its place.
import { statSync } from 'node:fs'

/** Device and number; undefined where there is no directory, or nobody can know. Never throws. */
export function directoryIdentity(directory: string): string | undefined {
  try {
    const { dev, ino } = statSync(directory)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}
