// Whether the sources of photos answer: connects as an import does, lists one person and fetches one photo.
import { setTimeout as delay } from 'node:timers/promises'
import type { SourceSettings } from '../../config/supply/settings.ts'
import { openBounded } from '../../supply/source/bounded-source.ts'
import { openSource } from '../../supply/source/open-source.ts'
import type { Person, Source } from '../../supply/source/source.ts'
import { printable } from '../../text/printable.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

export interface SourceCheckOptions {
  /** The folder of the photos: no source may be it. */
  readonly photos: string
  readonly signal: AbortSignal
  /** Milliseconds for opening, for listing one person, and for fetching one photo, each. */
  readonly limitMs: number
}

// Entries that are no person, or a person without a photo, come before one with a photo.
const maxListed = 200

export async function checkSource(
  settings: SourceSettings,
  { photos, signal, limitMs }: SourceCheckOptions,
): Promise<Diagnosis> {
  const started = performance.now()
  let source: Source | undefined
  try {
    source = await openBounded(ended => openSource(settings, ended, photos), {
      signal,
      listMs: limitMs,
    })
    const person = await findPerson(source)
    if (person === undefined) return diagnosisOf({ findings: [findingOfEmpty(settings)] })
    const photo = await fetchWithin(source, person, limitMs)
    const milliseconds = Math.round(performance.now() - started)
    return diagnosisOf({
      fine: [
        `The source ${settings.title} answers: one person listed${photo === 'photo' ? ' and one photo fetched' : ''} in ${milliseconds.toLocaleString('en')} ms.`,
      ],
    })
  } catch (error) {
    return diagnosisOf({ findings: [findingOf(settings, (error as Error).message)] })
  } finally {
    await source?.close()
  }
}

async function findPerson(source: Source): Promise<Person | undefined> {
  let first: Person | undefined
  let listed = 0
  for await (const each of source.list()) {
    if (each.kind === 'person') {
      first ??= each.person
      if (each.person.photo === 'present') return each.person
    }
    if (++listed >= maxListed) break
  }
  return first
}

async function fetchWithin(source: Source, person: Person, limitMs: number): Promise<string> {
  if (person.photo === 'absent') return 'absent'
  const timer = new AbortController()
  const late = delay(limitMs, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`no photo was given within ${Math.ceil(limitMs / 1000)} s; is it up?`)
  })
  late.catch(() => undefined)
  try {
    return (await Promise.race([source.fetch(person, undefined), late])).kind
  } finally {
    timer.abort()
  }
}

function findingOf({ title }: SourceSettings, message: string): Finding {
  return {
    code: 'source-down',
    effect: 'breaks',
    seen: `The source ${title} gives no photos: ${printable(message)}.`,
    why: 'Imports fail for this source: new and changed photos do not come, and nobody who has left is removed.',
    cure: [
      'Do what the message says, and look what an import would do:\n  photogate import --dry-run',
    ],
  }
}

function findingOfEmpty({ title }: SourceSettings): Finding {
  return {
    code: 'source-empty',
    effect: 'breaks',
    seen: `The source ${title} lists nobody with a mail address.`,
    why: 'No photo comes from it. A mistyped filter, base or folder looks like this.',
    cure: [
      'Compare its settings with the server, and look at the report of:\n  photogate import --dry-run',
    ],
  }
}
