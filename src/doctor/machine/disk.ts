// Whether there is room for photos: bytes, and inodes where the file system counts them.
import { statfs } from 'node:fs/promises'
import { quotePosix } from '../../text/shell-quote.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

/** As statfs(2) has it. */
export interface DiskRoom {
  readonly bsize: number
  readonly blocks: number
  readonly bavail: number
  readonly files: number
  readonly ffree: number
}

// An import writes some files at once, each of at most a few hundred kilobytes; a log on the same disk grows too.
const minBytes = 100 * 1024 * 1024
const minInodes = 1_000

/** `photos`: the folder. */
export async function checkDisk(
  photos: string,
  lookAt: (path: string) => Promise<DiskRoom> = statfs,
): Promise<Diagnosis> {
  const { bsize, blocks, bavail, files, ffree } = await lookAt(photos)
  // Some network file systems do not tell.
  if (blocks === 0) {
    return diagnosisOf({ unknown: [`The file system of ${photos} does not say how full it is.`] })
  }
  const bytes = bsize * bavail
  const findings: Finding[] = []
  if (bytes < minBytes) {
    findings.push({
      code: 'disk-full',
      effect: bavail === 0 ? 'breaks' : 'will-break',
      place: { file: photos },
      seen: `The disk of ${photos} has ${words(bytes)} free of ${words(bsize * blocks)}.`,
      why: 'Imports cannot write new photos on a full disk, and fail; served photos stay as they are.',
      cure: [
        `See what fills it:\n  du -xh --max-depth=2 ${quotePosix(`${photos}/..`)} | sort -h | tail`,
      ],
    })
  }
  // Btrfs and others make inodes as they need them, and say 0.
  if (files > 0 && ffree < minInodes) {
    findings.push({
      code: 'disk-inodes',
      effect: ffree === 0 ? 'breaks' : 'will-break',
      place: { file: photos },
      seen: `The disk of ${photos} has ${ffree.toLocaleString('en')} inodes left of ${files.toLocaleString('en')}.`,
      why: 'Each photo needs one. Without any, no new file can be written, although df shows room.',
      cure: [`See where the many files are:\n  du -x --inodes --max-depth=2 / | sort -n | tail`],
    })
  }
  const fine = findings.length === 0 ? [`The disk of ${photos} has ${words(bytes)} free.`] : []
  return diagnosisOf({ findings, fine })
}

function words(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  const at = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), units.length - 1)
  const value = bytes / 1024 ** at
  return `${value < 10 && at > 0 ? value.toFixed(1) : Math.floor(value)} ${units[at]}`
}
