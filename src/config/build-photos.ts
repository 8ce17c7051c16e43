// Builds the condition of a rule on the photo that is asked for: resolves the names of groups.
import type { Condition } from '../policy/condition.ts'
import { photosCondition } from '../policy/photo-condition.ts'
import type { PhotoGroup } from '../policy/photo-group.ts'
import { isEmptyGroup } from '../policy/photo-group.ts'
import type { PhotoPart } from '../policy/photo-list.ts'
import { buildPhotoList } from '../policy/photo-list.ts'
import { findNearest } from '../text/nearest.ts'
import type { Findings } from './document/findings.ts'
import type { Keys } from './document/yaml-nodes.ts'
import { listOf } from './lists.ts'
import type { PhotoListText } from './schema/photo-list.ts'

export interface PhotosInput {
  /** A group is undefined when its file was refused. */
  readonly groups: ReadonlyMap<string, PhotoGroup | undefined>
  readonly findings: Findings
}

type PartText = Exclude<PhotoListText, string>[number]

/** The condition of the rule at this place. Usable only when `findings` has no problems afterwards. */
export function buildPhotos(input: PhotosInput, photos: PhotoListText, at: number): Condition {
  const parts = listOf<PartText | undefined>(photos).flatMap((part, index): PhotoPart[] => {
    if (part === undefined) return [] // Refused already.
    if (typeof part === 'string') return [part]
    const keys = ['allow', at, 'photos', index]
    return 'group' in part
      ? findGroups(input, part.group, [...keys, 'group']).map(group => ({ group }))
      : findHidden(input, part.notGroup, [...keys, 'notGroup']).map(group => ({ notGroup: group }))
  })
  return photosCondition(buildPhotoList(parts))
}

function findGroups(
  { groups, findings }: PhotosInput,
  names: string | readonly string[] | undefined,
  keys: Keys,
): PhotoGroup[] {
  return listOf(names).flatMap((name, index) => {
    if (name === undefined) return [] // Refused already.
    const group = groups.get(name)
    if (group !== undefined || groups.has(name)) return group ?? []
    const nearest = findNearest(name, [...groups.keys()])
    const hint = nearest
      ? `did you mean ${nearest}?`
      : `add groups: { ${name}: { file: ${name}.txt } }`
    const place = typeof names === 'string' ? keys : [...keys, index]
    findings.refuse(place, `"${name}" is not among groups; ${hint}`)
    return []
  })
}

// A group that lost its people would show them to everybody.
function findHidden(
  input: PhotosInput,
  names: string | readonly string[] | undefined,
  keys: Keys,
): PhotoGroup[] {
  const hidden = findGroups(input, names, keys)
  const empty = hidden.find(isEmptyGroup)
  if (empty !== undefined) {
    const message = `would hide nobody, because group "${empty.name}" lists nobody; list whom to hide, or take this out`
    input.findings.refuse(keys, message)
  }
  return hidden
}
