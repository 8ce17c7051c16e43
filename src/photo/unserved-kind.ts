// The reasons why files are not served, as a closed list for those that count. The texts are for people and may change.
import type { UnservedGroup } from './unserved-files.ts'

export const unservedKinds = [
  'too-large',
  'symbolic-link',
  'not-a-file',
  'unreadable',
  'being-written',
  'empty',
  'not-an-image',
  'incomplete',
  'copy',
  'hidden',
  'wrong-ending',
  'not-an-address',
  'not-utf8',
  'outranked',
  'other',
] as const

export type UnservedKind = (typeof unservedKinds)[number]

// Each text begins so.
const beginnings: readonly (readonly [beginning: string, kind: UnservedKind])[] = [
  ['is larger than', 'too-large'],
  ['is a symbolic link', 'symbolic-link'],
  ['is not a regular file', 'not-a-file'],
  ['cannot be read', 'unreadable'],
  ['is being written', 'being-written'],
  ['is empty', 'empty'],
  ['is not an image', 'not-an-image'],
  ['is an image that ends too early', 'incomplete'],
  ['is a copy', 'copy'],
  ['is hidden', 'hidden'],
  ['does not end with', 'wrong-ending'],
  ['does not have a mail address', 'not-an-address'],
  ['has a name that is not UTF-8', 'not-utf8'],
  ['is older than another file', 'outranked'],
]

/** @example unservedKindOf('is larger than 5242880 bytes') // 'too-large' */
export function unservedKindOf(reason: string): UnservedKind {
  return beginnings.find(([beginning]) => reason.startsWith(beginning))?.[1] ?? 'other'
}

/** `outranked`: files that another one for the same address outranks. */
export function countKinds(
  groups: readonly UnservedGroup[],
  outranked: number,
): ReadonlyMap<UnservedKind, number> {
  const counts = new Map<UnservedKind, number>([['outranked', outranked]])
  for (const { reason, files } of groups) {
    const kind = unservedKindOf(reason)
    counts.set(kind, (counts.get(kind) ?? 0) + files)
  }
  return counts
}
