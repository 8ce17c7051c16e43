// The addresses that a directory has photos for, at one moment: for commands, which look once.
import { watchDirectory } from './directory-watch.ts'

/**
 * In alphabetical order. Metadata only: a file counts by its name, whole image or not.
 * @throws Error when the directory cannot be read.
 */
export function listAddresses(directory: string): string[] {
  const addresses = new Set<string>()
  let trouble: string | undefined
  // The first scan is through when this returns, and is all that is wanted.
  const watch = watchDirectory(
    directory,
    report => {
      if (report.kind === 'files') for (const { address } of report.changed) addresses.add(address)
      if (report.kind === 'unreadable') trouble = report.message
    },
    { events: false },
  )
  watch.close()
  if (trouble !== undefined) throw new Error(`the photos cannot be listed: ${trouble}`)
  return [...addresses].sort()
}
