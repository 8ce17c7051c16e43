// Whether the photo folder's changes are seen by events: without them the gate looks at all names again and again.
import { watch } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isRemote } from '../../photo/remote-file-system.ts'
import type { Diagnosis } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

export interface FileWatchOptions {
  readonly platform: NodeJS.Platform
  /** Opens a watch and closes it; throws as `fs.watch`. */
  readonly tryWatch?: (directory: string) => void
  readonly isRemote?: (directory: string) => boolean
}

export async function checkFileWatch(
  directory: string,
  options: FileWatchOptions,
): Promise<Diagnosis> {
  const { platform, tryWatch = watchOnce } = options
  if ((options.isRemote ?? isRemote)(directory)) {
    const text = `${directory} is on a network or shared file system, which tells of no changes made elsewhere: the gate looks for them itself, so they show within seconds to minutes.`
    return diagnosisOf({ fine: [text] })
  }
  try {
    tryWatch(directory)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isLimit = code === 'ENOSPC' || code === 'EMFILE'
    if (!isLimit) {
      const text = `Whether changes of ${directory} are seen at once is not known: ${message}.`
      return diagnosisOf({ unknown: [text] })
    }
    return diagnosisOf({ findings: [await findingOf(directory, code)] })
  }
  const limits = platform === 'linux' ? ` ${await describeLimits()}` : ''
  return diagnosisOf({ fine: [`Changes of ${directory} are seen at once.${limits}`] })
}

function watchOnce(directory: string): void {
  watch(directory, { persistent: false }).close()
}

async function findingOf(directory: string, code: string) {
  const what = code === 'ENOSPC' ? 'max_user_watches' : 'max_user_instances'
  return {
    code: 'watch-limit',
    effect: 'weakens',
    place: { file: directory },
    seen: `The system gives this user no more watches on folders (${code}). ${await describeLimits()}`,
    why: 'The gate needs one watch. Without it, it reads the names of all photos again and again, and new photos show late.',
    cure: [
      'See which programs of this user hold watches:\n  find /proc/[0-9]*/fdinfo -type f 2>/dev/null | xargs grep -c ^inotify 2>/dev/null | grep -v :0$',
      `Raise the limit, and write it into /etc/sysctl.d so that it stays:\n  sysctl fs.inotify.${what}=${code === 'ENOSPC' ? 524_288 : 512}`,
    ],
  } as const
}

async function describeLimits(): Promise<string> {
  const read = async (name: string) => {
    const text = await readFile(`/proc/sys/fs/inotify/${name}`, 'utf8').catch(() => '?')
    return Number(text).toLocaleString('en')
  }
  const [watches, instances] = [await read('max_user_watches'), await read('max_user_instances')]
  return `A user may have ${watches} watches by ${instances} programs.`
}
