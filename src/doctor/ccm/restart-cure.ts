// The cure that brought CCM's downloads back: rename the cache's own folder, delete the temporary folder of the server,
// start; and the same once more. With the paths that the log names.
import { quotePosix, quoteWindows } from '../../text/shell-quote.ts'
import { isWindowsPath } from './folder-name.ts'
import { announcedIn } from './run-state.ts'
import type { Stretch } from './stretch.ts'

/** `run` is the last start; `runs` all of them, of which an earlier one may name the cache. */
export function restartCure(run: Stretch, runs: readonly Stretch[]): string[] {
  const { stop, start, temp } = serverOf(run)
  const cache = cacheFolder(runs)
  return [
    `Stop the server.${stop}`,
    `Rename the folder of the cache, and keep it:\n  ${cache}`,
    `Delete the temporary folder of the server:\n  ${temp}`,
    `Start the server.${start}`,
    'Upload a file of more than 1 MB to a library, and download it.',
    'Look for "getLCDA CDHC enabled" in the new SystemOut.log, or run photogate doctor ccm again.',
    'If it is not there, stop the server, delete its temporary folder again, start it, and upload and download once more: it took two rounds where this was first seen.',
    'If it comes back with a later restart: with CR2 of Connections 5.5 it was not seen again.',
  ]
}

function serverOf({ header, profile, serverName }: Stretch) {
  const server = header?.server ?? serverName ?? 'SERVER'
  if (header === undefined || profile === undefined) {
    return {
      stop: ` It is ${server}.`,
      start: '',
      temp: `temp/${header?.node ?? 'NODE'}/${server} in the folder of its profile`,
    }
  }
  const isWindows = profile.includes('\\') || isWindowsPath(profile)
  const quote = isWindows ? quoteWindows : quotePosix
  const join = (...parts: readonly string[]) =>
    [profile.replace(/[\\/]+$/, ''), ...parts].join(isWindows ? '\\' : '/')
  const script = (name: string) =>
    `\n  ${quote(join('bin', `${name}.${isWindows ? 'bat' : 'sh'}`))} ${quote(server)}`
  return {
    stop: script('stopServer'),
    start: script('startServer'),
    temp: quote(join('temp', header.node, server)),
  }
}

function cacheFolder(runs: readonly Stretch[]): string {
  const known = runs.findLast(run => announcedIn(run)?.values.has('cacheId'))
  const values = known && announcedIn(known)?.values
  const id = values?.get('cacheId') ?? 'fncs-cdhc-…'
  const root = values?.get('cdhc_rootPath')
  if (root === undefined) return `${id}, in the folder that cdhc_rootPath names`
  const joint = root.includes('\\') && !root.includes('/') ? '\\' : '/'
  const path = `${root.replace(/[\\/]+$/, '')}${joint}${id}`
  return (joint === '\\' || isWindowsPath(root) ? quoteWindows : quotePosix)(path)
}
