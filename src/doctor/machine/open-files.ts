// How many files and connections a process may have open.
import { readFile } from 'node:fs/promises'
import type { Diagnosis } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'

// The front keeps some hundred connections; a page of photos in a large meeting brings hundreds of browsers at once.
const enough = 4_096

/** `limits`: what `/proc/self/limits` holds; undefined: read it. Node.js raises the soft limit to the hard one. */
export async function checkOpenFiles(
  platform: NodeJS.Platform,
  limits?: string,
): Promise<Diagnosis> {
  if (platform !== 'linux') {
    return diagnosisOf({ unknown: ['The limit of open files is looked at on Linux only.'] })
  }
  const text = limits ?? (await readFile('/proc/self/limits', 'utf8'))
  const hard = /^Max open files +\S+ +(\S+)/m.exec(text)?.[1]
  if (hard === undefined) {
    return diagnosisOf({ unknown: ['The limit of open files is not in /proc/self/limits.'] })
  }
  const isEnough = hard === 'unlimited' || Number(hard) >= enough
  if (isEnough) {
    const told = hard === 'unlimited' ? 'any number of' : Number(hard).toLocaleString('en')
    return diagnosisOf({
      fine: [
        `A process of this shell may have ${told} files open; a service may have another limit.`,
      ],
    })
  }
  const finding = {
    code: 'open-files',
    effect: 'weakens',
    seen: `A process started from here may have ${Number(hard).toLocaleString('en')} files and connections open.`,
    why: 'Each connection of a client or front is one. Beyond the limit new connections fail, and photos of people who are admitted do not show.',
    cure: [
      `systemd: write this into [Service] of the unit.\n  LimitNOFILE=65536`,
      'Otherwise raise the limit of the user, in /etc/security/limits.conf:\n  photogate hard nofile 65536',
    ],
  } as const
  return diagnosisOf({ findings: [finding] })
}
