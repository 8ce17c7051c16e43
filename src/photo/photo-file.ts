// One file of the directory: whether its name is a photo's, whether it may be served, and whether it has changed. Reads
// metadata only.
import type { Stats } from 'node:fs'
import { inodeOf } from '../disk/file-identity.ts'
import { parseAddress } from '../text/mail-address.ts'

/** The largest photo, in bytes. */
export const maxPhotoBytes = 5 * 1024 * 1024

/** A file unchanged for this many milliseconds is not being written, even with coarse time stamps (FAT: 2 s). */
export const quietMs = 2_000

const photoName = /^(.+)\.(?:jpe?g|gif|png|webp)$/i

export interface PhotoFile {
  /** The file's own name, without directory. */
  readonly name: string
  readonly address: string
  /** Changes whenever the content may have changed. */
  readonly signature: string
  readonly modifiedMs: number
  /** Device and number: the same for all names of one file. */
  readonly inode: string
  /** How many names the file has, here or elsewhere. */
  readonly links: number
}

/**
 * The address that a file name stands for; undefined for dot files and other names that are not a photo's.
 * @example addressOfName('Joe@acme.example.jpg') // 'joe@acme.example'
 */
export function addressOfName(name: string): string | undefined {
  if (name.startsWith('.')) return undefined
  const stem = photoName.exec(name)?.[1]
  return stem === undefined ? undefined : parseAddress(stem)
}

/** Why a file must not be served, or undefined. `stats` must come from lstat or fstat: never through a link. */
export function refusalOf(stats: Stats): string | undefined {
  if (stats.isSymbolicLink()) return 'is a symbolic link'
  if (!stats.isFile()) return 'is not a regular file'
  if (stats.size > maxPhotoBytes) return `is larger than ${maxPhotoBytes} bytes`
  return undefined
}

/** The file as the index keeps it. `stats` as for `refusalOf`. */
export function describeFile(name: string, address: string, stats: Stats): PhotoFile {
  const { mtimeMs: modifiedMs, nlink: links } = stats
  const inode = inodeOf(stats)
  return { name, address, signature: signatureOf(stats), modifiedMs, inode, links }
}

/**
 * Whether both signatures are of the same file with the same content. A name more or less of a file changes its
 * ctime, and is not always told to who watches the directory.
 */
export function isSameContent(one: string, other: string): boolean {
  return one === other || withoutChangeTime(one) === withoutChangeTime(other)
}

function withoutChangeTime(signature: string): string {
  return signature.slice(0, signature.lastIndexOf(':'))
}

/** The file's size in bytes, as its signature has it. */
export function bytesOf({ signature }: Pick<PhotoFile, 'signature'>): number {
  return Number(signature.split(':').at(-3))
}

/** ctime is part of it: it also changes when a writer puts the old modification time back. */
export function signatureOf(stats: Stats): string {
  return `${inodeOf(stats)}:${stats.size}:${stats.mtimeMs}:${stats.ctimeMs}`
}
