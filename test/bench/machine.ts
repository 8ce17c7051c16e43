// The machine of a measurement: without it the numbers mean nothing.
import { spawnSync } from 'node:child_process'
import { cpus, loadavg, release, totalmem } from 'node:os'
import type { ServerName } from './server.ts'
import { servers } from './servers.ts'

/** Undefined when the server is not installed. */
export function versionOf(name: ServerName): string | undefined {
  const [command = '', ...args] = servers[name].versionCommand
  const { error, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  return error === undefined ? /\d+(?:\.\d+)+/.exec(stdout + stderr)?.[0] : undefined
}

export function hasWrk(): boolean {
  return spawnSync('wrk', ['-v']).error === undefined
}

/** Call it before measuring: a load average well above 0 then comes from other programs. */
export function describeMachine(): string {
  const memory = Math.round(totalmem() / 2 ** 30)
  const [cpu] = cpus()
  return `${cpus().length} cores (${cpu?.model.trim()}), ${memory} GiB, Linux ${release()}, Node ${process.versions.node}, load average ${loadavg()[0]?.toFixed(1)} before the run`
}
