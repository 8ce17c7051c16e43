// Looks at a folder of this machine in a process of its own, which is ended when it takes too long: a folder on a network
// file system whose server is gone holds whoever asks for it.
import { spawnSync } from 'node:child_process'
import { dirname } from 'node:path'
import type { FolderSight } from '../doctor/ccm/check-folder.ts'
import { isWindowsPath } from '../doctor/ccm/folder-name.ts'

export interface FolderLookOptions {
  readonly platform: NodeJS.Platform
  readonly timeoutMs?: number
  /** The program of the other process, for tests. */
  readonly script?: string
}

// Prints what the folder is and, if it is not there, what the folder around it is.
const lookScript = `
const { statSync } = require('node:fs')
const look = path => {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats === undefined ? 'none' : stats.isDirectory() ? 'folder' : 'file'
}
const [folder, around] = process.argv.slice(1)
const seen = look(folder)
process.stdout.write(seen === 'none' ? seen + ' ' + look(around) : seen)`

/** Says `missing` only where the folder around it is there and deep enough to be of Connections. Never throws. */
export function lookAtFolder(
  folder: string,
  { platform, timeoutMs = 5_000, script = lookScript }: FolderLookOptions,
): FolderSight {
  if (isWindowsPath(folder) !== (platform === 'win32') || folder.includes('\0')) return 'elsewhere'
  const around = dirname(folder)
  const { status, stdout } = spawnSync(process.execPath, ['--eval', script, '--', folder, around], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  // Null: it was ended, or could not be started.
  if (status === null) return 'silent'
  if (stdout === 'folder' || stdout === 'file') return stdout
  const isDeep = around.split(/[\\/]/).filter(part => part !== '').length >= 2
  return isDeep && stdout === 'none folder' ? 'missing' : 'elsewhere'
}
