// Whether the clock is kept right by time servers: LTPA tokens, links and passes expire by it.
import { existsSync } from 'node:fs'
import type { Diagnosis } from '../finding.ts'
import { diagnosisOf } from '../finding.ts'
import type { RunTool } from './run-tool.ts'
import { runTool } from './run-tool.ts'

export interface ClockOptions {
  readonly platform: NodeJS.Platform
  readonly run?: RunTool
  readonly exists?: (path: string) => boolean
}

/** `how`: which program said so. */
type ClockState =
  | { readonly isSynchronized: boolean; readonly how: string }
  | { readonly why: string }

export async function checkClock(options: ClockOptions): Promise<Diagnosis> {
  const state = await findState(options)
  if ('why' in state) {
    return diagnosisOf({ unknown: [`Whether the clock is right is not known: ${state.why}.`] })
  }
  const { isSynchronized, how } = state
  if (isSynchronized) {
    return diagnosisOf({ fine: [`The clock is kept right by time servers (${how}).`] })
  }
  const finding = {
    code: 'clock-unsynchronized',
    effect: 'will-break',
    seen: `The clock is not kept right by time servers (${how}).`,
    why: 'A clock that runs behind admits by tokens, links and passes that have expired; one that runs ahead turns people away.',
    cure: [
      'Switch a time service on:\n  timedatectl set-ntp true',
      'If it is on, look why it reaches no server: UDP port 123 may be closed.\n  timedatectl timesync-status || chronyc sources',
    ],
  } as const
  return diagnosisOf({ findings: [finding] })
}

async function findState({
  platform,
  run = runTool,
  exists = existsSync,
}: ClockOptions): Promise<ClockState> {
  if (platform === 'win32') {
    const out = await run('w32tm', ['/query', '/status'])
    // Words are in the language of Windows; the file name of the local clock is not.
    if (out === undefined) return { why: 'w32tm /query /status gives no answer' }
    const isLocal = /Local CMOS Clock|Free-running System Clock/i.test(out)
    return { isSynchronized: !isLocal, how: 'w32tm' }
  }
  if (platform !== 'linux') return { why: `there is no look at the clock on ${platform}` }
  const out = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'])
  if (out !== undefined && /^(?:yes|no)$/.test(out.trim())) {
    return { isSynchronized: out.trim() === 'yes', how: 'timedatectl' }
  }
  const tracking = await run('chronyc', ['-n', 'tracking'])
  const leap = /^Leap status *: *(.+)$/m.exec(tracking ?? '')?.[1]
  if (leap !== undefined) {
    return { isSynchronized: !/not synchronised/i.test(leap), how: 'chronyc' }
  }
  if (exists('/run/systemd/timesync/synchronized')) {
    return { isSynchronized: true, how: 'systemd-timesyncd' }
  }
  return {
    why: 'neither timedatectl nor chronyc answers; in a container, look at the clock of its host',
  }
}
