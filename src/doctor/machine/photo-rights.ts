// Photos that everybody on the machine can write, by the rights of each file.
import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { quotePosix } from '../../text/shell-quote.ts'
import type { Diagnosis } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

const writableByAll = 0o002
const enteredByAll = 0o001
const maxFiles = 50_000
const maxNames = 3

/** `above`: the folder and all above it. A folder that others cannot enter guards the files in it. */
export async function checkPhotoRights(
  photos: string,
  above: readonly string[],
): Promise<Diagnosis> {
  for (const each of above) {
    if (((await lstat(each)).mode & enteredByAll) === 0) return diagnosisOf({})
  }
  const names: string[] = []
  let [files, writable] = [0, 0]
  for await (const entry of await opendir(photos)) {
    if (!entry.isFile()) continue
    if (++files > maxFiles) break
    const stats = await lstat(join(photos, entry.name)).catch(() => undefined)
    if (((stats?.mode ?? 0) & writableByAll) === 0) continue
    if (++writable <= maxNames) names.push(entry.name)
  }
  const unknown =
    files > maxFiles
      ? [`Of the photos, the rights of the first ${number(maxFiles)} were looked at.`]
      : []
  if (writable === 0) return diagnosisOf({ unknown })
  const finding = {
    code: 'rights-photos',
    effect: 'weakens',
    place: { file: photos },
    seen: `Everybody on this machine can write ${number(writable)} ${writable === 1 ? 'file' : 'files'} in ${photos}: ${names.join(', ')}${writable > names.length ? ', …' : ''}.`,
    why: 'Anybody who can log in here, and any program here, can put another picture in place of these photos.',
    cure: [
      `Take the right away:\n  find ${quotePosix(photos)} -maxdepth 1 -type f -perm -o=w -exec chmod o-w {} +`,
    ],
  } as const
  return diagnosisOf({ findings: [finding], unknown })
}

function number(value: number): string {
  return value.toLocaleString('en')
}
