// The addresses that a directory has photos of, at one moment: for commands, which look once.
import type { AliasesOf } from '../policy/condition.ts'
import { listDirectory } from './directory-listing.ts'

/**
 * In alphabetical order. Metadata only: a file counts by its name, whole image or not.
 * @throws Error when the directory cannot be read.
 */
export function listAddresses(directory: string): string[] {
  const { index, unreadable } = listDirectory(directory)
  if (unreadable !== undefined) throw new Error(`the photos cannot be listed: ${unreadable}`)
  return [...new Set([...index.files()].map(({ address }) => address))].sort()
}

/** The other addresses of people, as the gate would know them. Reads the directory once, on the first call. */
export function readAliases(directory: string): AliasesOf {
  let aliasesOf: AliasesOf | undefined
  return address => {
    aliasesOf ??= aliasesNow(directory)
    return aliasesOf(address)
  }
}

function aliasesNow(directory: string): AliasesOf {
  const { index, unreadable, trouble } = listDirectory(directory)
  if (unreadable === undefined && trouble === undefined) return index.addressesOf
  const unknown = trouble ?? `the photo folder cannot be read: ${unreadable}`
  return () => ({ unknown })
}
