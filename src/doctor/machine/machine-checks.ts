// The checks of this machine, by the settings. The work of each is in a file of its own.
import type { Settings } from '../../config/settings.ts'
import type { SourceSettings } from '../../config/supply/settings.ts'
import { checkClock } from './clock.ts'
import { checkDisk } from './disk.ts'
import { checkFileWatch } from './file-watch.ts'
import { checkImportAge } from './import-age.ts'
import { checkOpenFiles } from './open-files.ts'
import { checkPhotos } from './photos.ts'
import { checkRights } from './rights.ts'
import type { Check } from './run-checks.ts'

export interface MachineFacts {
  readonly settings: Settings
  readonly platform: NodeJS.Platform
  readonly nowMs: number
}

/** The order is that of findings of the same effect. */
export function machineChecks({ settings, platform, nowMs }: MachineFacts): Check[] {
  const { photos, supply, files } = settings
  const { directory } = photos
  const deciding = [...new Set([...files, ...(supply?.sources ?? []).flatMap(filesOf)])]
  return [
    {
      title: 'rights',
      look: () => checkRights({ deciding, photos: directory, platform }),
    },
    { title: 'the disk', look: () => checkDisk(directory) },
    { title: 'the clock', look: () => checkClock({ platform }) },
    { title: 'watches on files', look: () => checkFileWatch(directory, { platform }) },
    { title: 'open files', look: () => checkOpenFiles(platform) },
    { title: 'the photos', look: () => checkPhotos(directory) },
    ...(supply === undefined
      ? []
      : [
          {
            title: 'imports',
            look: () => checkImportAge({ photos: directory, supply, nowMs }),
          },
        ]),
  ]
}

/** Files of this machine that decide what a source is believed, and what it is told. */
export function filesOf(source: SourceSettings): string[] {
  const { passwordFile, caFile, keyFile, passphraseFile, knownHosts, peopleFile } =
    source as Readonly<Partial<Record<SourceFileKey, string>>>
  return [passwordFile, caFile, keyFile, passphraseFile, knownHosts, peopleFile].filter(
    file => file !== undefined,
  )
}

type SourceFileKey =
  | 'passwordFile'
  | 'caFile'
  | 'keyFile'
  | 'passphraseFile'
  | 'knownHosts'
  | 'peopleFile'
