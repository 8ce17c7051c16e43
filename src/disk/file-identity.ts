// Whether two looks found the same file or directory, or another one in its place. Inode numbers are used again after
// a removal, so the time of birth counts where the file system keeps one. Knows nothing of names and contents, and
// nothing of it is written to disk: versions of photos in journals have their own form (photo/photo-file.ts).
import type { BigIntStats, Stats } from 'node:fs'
import { statSync } from 'node:fs'

export interface FileIdentity {
  /** As of `inodeOf`. */
  readonly inode: string
  /** In nanoseconds since the epoch; 0 where the system tells none. */
  readonly bornNs: bigint
  /**
   * Whether the file system keeps the time of birth. Otherwise systems put the time of the last change in its place
   * (Wine, Node on some file systems), and a change in it means nothing. False too for a file that has not been
   * changed since it was made.
   */
  readonly hasBirth: boolean
}

/**
 * Device and inode number: the same for all hard links to one file that are there at the same time. Without the time
 * of birth: links to one file that are looked at one after the other must never pass for different files.
 * @example inodeOf({ dev: 2, ino: 7 }) // '2:7'
 */
export function inodeOf({ dev, ino }: Pick<Stats | BigIntStats, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`
}

type IdentityStats = Pick<BigIntStats, 'dev' | 'ino' | 'birthtimeNs' | 'ctimeNs' | 'mtimeNs'>

/** `stats` with `bigint: true`: inode numbers on Windows have more digits than a JavaScript number. */
export function identityOf(stats: IdentityStats): FileIdentity {
  const { birthtimeNs: bornNs, ctimeNs, mtimeNs } = stats
  const hasBirth = bornNs > 0n && bornNs !== ctimeNs && bornNs !== mtimeNs
  return { inode: inodeOf(stats), bornNs, hasBirth }
}

/**
 * Follows links. Undefined where nothing is there.
 * @throws Error when the path cannot be examined, for example without the permission.
 */
export function findIdentity(path: string): FileIdentity | undefined {
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stats && identityOf(stats)
}

/** Where neither look shows a time of birth, the inode number alone decides. Undefined equals only undefined. */
export function isSameIdentity(
  one: FileIdentity | undefined,
  other: FileIdentity | undefined,
): boolean {
  if (one === undefined || other === undefined) return one === other
  if (one.inode !== other.inode) return false
  return one.bornNs === other.bornNs || !(one.hasBirth || other.hasBirth)
}
