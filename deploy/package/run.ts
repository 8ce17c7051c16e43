// Runs a program that packaging needs, and says how to get it where it is missing.
import type { SpawnSyncOptions } from 'node:child_process'
import { spawnSync } from 'node:child_process'

// The umask and the language must not change a byte of the packages.
const steady = { LC_ALL: 'C', TZ: 'UTC' }

/** @returns what it printed. @throws Error with its error output, when it fails. */
export function run(command: readonly string[], options: SpawnSyncOptions = {}): string {
  const [program = '', ...args] = command
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...options,
    env: { ...process.env, ...steady, ...options.env },
    maxBuffer: 64 * 1024 * 1024,
  })
  if (error !== undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') {
    throw new Error(
      `${program} is not installed; on Debian: apt-get install tar gzip zip dpkg-dev`,
      { cause: error },
    )
  }
  if (error !== undefined) throw error
  if (status !== 0) {
    throw new Error(`${command.join(' ')} ended with ${status}:\n${stderr}${stdout}`)
  }
  return stdout.toString()
}
