// The warnings of `check` about a photo directory: one for each reason why files are not served.
import type { Problem } from '../config/document/problem.ts'
import { surveyPhotos } from '../photo/photo-survey.ts'
import type { UnservedGroup } from '../photo/unserved-files.ts'
import { groupUnserved } from '../photo/unserved-files.ts'

export interface PhotosTold {
  /** Photos that the gate would serve. */
  readonly served: number
  /** Photos among them that count by name alone: their bytes were not read. */
  readonly unread: number
  readonly unserved: readonly UnservedGroup[]
  readonly warnings: readonly Problem[]
}

export interface PhotosToTell {
  readonly directory: string
  /** Canonical addresses that should have no photo. */
  readonly canaries?: ReadonlySet<string>
  readonly limit?: number
}

// `check` often runs before a reload, and must not take minutes.
const maxReads = 5_000

/** `file`: the configuration. @throws Error when the directory cannot be read. */
export async function tellPhotos(
  file: string,
  { directory, canaries = new Set(), limit = maxReads }: PhotosToTell,
): Promise<PhotosTold> {
  const { served, unread, unserved } = await surveyPhotos(directory, { maxReads: limit })
  const groups = groupUnserved(unserved)
  const warnings = groups.map((group): Problem => {
    const message = describe(group)
    return { file, path: 'photos.directory', message, code: 'GATE_PHOTOS_NOT_SERVED' }
  })
  const named = [...canaries].filter(canary => served.has(canary))
  for (const canary of named) {
    const message = `holds ${canary}, which has a photo: a client that looks at it spends its whole budget; name an address that no directory shows`
    warnings.push({ file, path: 'canaries', message, code: 'GATE_CONFIG_RISK' })
  }
  return { served: served.size, unread, unserved: groups, warnings }
}

function describe({ reason, files, names }: UnservedGroup): string {
  const few = names.map(name => JSON.stringify(name)).join(', ')
  const which = files > names.length ? `such as ${few}` : few
  const what =
    files === 1
      ? `has a file that is not served, as it ${reason}`
      : `has ${files.toLocaleString('en')} files that are not served, as each ${reason}`
  return `${what}: ${which}; photogate photos list --broken lists all`
}
