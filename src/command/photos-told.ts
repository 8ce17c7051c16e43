// The warnings of `check` about a photo directory: one for each reason why files are not served.
import type { Problem } from '../config/document/problem.ts'
import type { PassedOverGroup } from '../photo/passed-over.ts'
import { groupPassedOver } from '../photo/passed-over.ts'
import { surveyPhotos } from '../photo/photo-survey.ts'

export interface PhotosTold {
  /** Photos that the gate would serve. */
  readonly served: number
  /** Photos among them that count by name alone: their bytes were not read. */
  readonly unread: number
  readonly passedOver: readonly PassedOverGroup[]
  readonly warnings: readonly Problem[]
}

// `check` often runs before a reload, and must not take minutes.
const maxReads = 5_000

/** `file`: the configuration. @throws Error when the directory cannot be read. */
export async function tellPhotos(
  file: string,
  directory: string,
  limit = maxReads,
): Promise<PhotosTold> {
  const { served, unread, passedOver } = await surveyPhotos(directory, { maxReads: limit })
  const groups = groupPassedOver(passedOver)
  const warnings = groups.map((group): Problem => {
    const message = describe(group)
    return { file, path: 'photos.directory', message, code: 'GATE_PHOTOS_NOT_SERVED' }
  })
  return { served: served.size, unread, passedOver: groups, warnings }
}

function describe({ reason, files, names }: PassedOverGroup): string {
  const few = names.map(name => JSON.stringify(name)).join(', ')
  const which = files > names.length ? `such as ${few}` : few
  const what =
    files === 1
      ? `has a file that is not served, as it ${reason}`
      : `has ${files.toLocaleString('en')} files that are not served, as each ${reason}`
  return `${what}: ${which}; photogate photos list --broken lists all`
}
