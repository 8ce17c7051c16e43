// Whether the photos can be read and are whole: the gate's own checks, as `photogate photos list --broken` runs them.
import type { PhotoSurvey } from '../../photo/photo-survey.ts'
import { surveyPhotos } from '../../photo/photo-survey.ts'
import { groupUnserved } from '../../photo/unserved-files.ts'
import { printable } from '../../text/printable.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

// Reading them all may take minutes.
const maxReads = 5_000
const maxGroups = 5

export async function checkPhotos(directory: string, reads = maxReads): Promise<Diagnosis> {
  let survey: PhotoSurvey
  try {
    survey = await surveyPhotos(directory, { maxReads: reads })
  } catch (error) {
    return diagnosisOf({ findings: [findingOfFolder(directory, (error as Error).message)] })
  }
  const { served, unserved, unread } = survey
  const findings = [
    ...(served.size === 0 ? [findingOfNone(directory)] : []),
    ...(unserved.length > 0 ? [findingOfBroken(directory, survey)] : []),
  ]
  const unknown =
    unread > 0
      ? [
          `${number(unread)} of ${number(served.size)} photos were not read; photogate photos list --broken reads them all.`,
        ]
      : []
  const fine =
    findings.length === 0 ? [`${number(served.size)} photos in ${directory} are served.`] : []
  return diagnosisOf({ findings, fine, unknown })
}

function findingOfFolder(directory: string, message: string): Finding {
  return {
    code: 'photos-unreadable',
    effect: 'breaks',
    place: { file: directory },
    seen: `${message}.`,
    why: 'The gate serves no photo that it cannot find.',
    cure: ['Give the user of the gate the right to list and read the folder.'],
  }
}

function findingOfNone(directory: string): Finding {
  return {
    code: 'photos-none',
    effect: 'breaks',
    place: { file: directory },
    seen: `${directory} has no photo that could be served.`,
    why: 'Everybody who is admitted gets no photo.',
    cure: [
      'Put photos there, named by mail address (joe@acme.example.jpg), or let them be fetched: photogate import.',
      'If they should be there: is the disk mounted, and is photos.directory right?',
    ],
  }
}

function findingOfBroken(directory: string, { unserved, served }: PhotoSurvey): Finding {
  const groups = groupUnserved(unserved)
  const told = groups.slice(0, maxGroups).map(({ reason, files, names }) => {
    const more = files > names.length ? ', …' : ''
    return `${number(files)}: ${names.map(printable).join(', ')}${more} ${printable(reason)}.`
  })
  return {
    code: 'photos-broken',
    effect: 'weakens',
    place: { file: directory },
    seen: [
      `${number(unserved.length)} ${unserved.length === 1 ? 'file is' : 'files are'} not served, beside ${number(served.size)} ${served.size === 1 ? 'photo' : 'photos'}.`,
      ...told,
    ].join('\n'),
    why: 'These people have no photo, or an older one, and nothing else says so.',
    cure: [
      'List them all with their reasons:\n  photogate photos list --broken',
      'Replace or remove them; what an import brought is mended at its source.',
    ],
  }
}

function number(value: number): string {
  return value.toLocaleString('en')
}
