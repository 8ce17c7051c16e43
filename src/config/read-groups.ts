// Reads the files of groups, and resolves the groups that a rule names.
import { resolve } from 'node:path'
import { readRegularFile } from '../disk/regular-file.ts'
import type { PhotoGroup } from '../policy/photo-group.ts'
import { buildPhotoGroup, isEmptyGroup } from '../policy/photo-group.ts'
import type { Findings } from './document/findings.ts'
import { parseGroupFile } from './group-file.ts'
import type { ConfigText } from './schema/schema.ts'

export interface GroupsInput {
  /** The directory that relative paths start from. */
  readonly base: string
  /** Gets the absolute paths of the files. */
  readonly files: string[]
  readonly findings: Findings
}

// About two million addresses.
const maxGroupBytes = 64 * 1024 * 1024

/** Groups by name. One whose file has a problem is undefined: its name is known. */
export function readGroups(
  { base, files, findings }: GroupsInput,
  config: ConfigText,
): ReadonlyMap<string, PhotoGroup | undefined> {
  const groups = new Map<string, PhotoGroup | undefined>()
  for (const [name, { file }] of Object.entries<{ file?: string }>(config.groups ?? {})) {
    groups.set(name, undefined)
    if (file === undefined) continue // Refused already.
    const path = resolve(base, file)
    files.push(path)
    try {
      const { problems, ...members } = parseGroupFile(
        file,
        readRegularFile(path, maxGroupBytes).bytes,
      )
      findings.problems.push(...problems)
      if (problems.length > 0) continue
      const group = buildPhotoGroup(name, members)
      groups.set(name, group)
      if (isEmptyGroup(group)) {
        const message = `${path} lists nobody`
        findings.warn(['groups', name, 'file'], message, 'GATE_CONFIG_NO_MEMBER')
      }
    } catch (error) {
      const message = `cannot be read: ${(error as Error).message}`
      findings.refuse(['groups', name, 'file'], message, 'GATE_CONFIG_UNREADABLE')
    }
  }
  return groups
}
