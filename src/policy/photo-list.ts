// The photos that a rule opens: globs and groups, included and excluded. Knows nothing of people with several addresses.
import { findGlob, splitGlobs } from './photo-glob.ts'
import type { PhotoGroup } from './photo-group.ts'
import { findMember } from './photo-group.ts'

/** A glob (with `!` it excludes), or a group. */
export type PhotoPart = string | { readonly group: PhotoGroup } | { readonly notGroup: PhotoGroup }

export interface PhotoSelection {
  readonly globs: readonly string[]
  readonly groups: readonly PhotoGroup[]
}

export interface PhotoList {
  readonly included: PhotoSelection
  readonly excluded: PhotoSelection
  /** The list in words. */
  readonly text: string
}

/** A list of exclusions alone opens all others. An empty group opens nobody. */
export function buildPhotoList(parts: readonly PhotoPart[]): PhotoList {
  const globs = splitGlobs(parts.filter(part => typeof part === 'string'))
  const opened = parts.flatMap(part => (isMapping(part) && 'group' in part ? [part.group] : []))
  const hidden = parts.flatMap(part =>
    isMapping(part) && 'notGroup' in part ? [part.notGroup] : [],
  )
  const opensOthers = globs.included.length === 0 && opened.length === 0
  return {
    included: { globs: opensOthers ? ['*'] : globs.included, groups: opened },
    excluded: { globs: globs.excluded, groups: hidden },
    text: parts.map(formatPart).join(', '),
  }
}

export function isEmptySelection({ globs, groups }: PhotoSelection): boolean {
  return globs.length === 0 && groups.length === 0
}

/** Whether a glob or a group of the selection has this address (canonical). */
export function isSelected({ globs, groups }: PhotoSelection, address: string): boolean {
  if (findGlob(globs, address) !== undefined) return true
  for (const group of groups) if (findMember(group, address) !== undefined) return true
  return false
}

/**
 * The group that has the address, in words, and its line if that is a glob: `group board, by *@board.acme.example`.
 * Undefined when a glob of the rule itself has it, or nothing.
 */
export function describeGroup(
  { globs, groups }: PhotoSelection,
  address: string,
): string | undefined {
  if (findGlob(globs, address) !== undefined) return undefined
  for (const group of groups) {
    const member = findMember(group, address)
    if (member === address) return `group ${group.name}`
    if (member !== undefined) return `group ${group.name}, by ${member}`
  }
  return undefined
}

function formatPart(part: PhotoPart): string {
  if (!isMapping(part)) return part
  return 'group' in part ? `group ${part.group.name}` : `notGroup ${part.notGroup.name}`
}

function isMapping(part: PhotoPart): part is Exclude<PhotoPart, string> {
  return typeof part !== 'string'
}
