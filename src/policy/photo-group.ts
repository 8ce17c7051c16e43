// A group of people by their mail addresses, for the photos of rules. Whole addresses are looked up, so that a group may
// have 100,000 of them; globs are tried after. Knows nothing of people with several addresses.
import { findGlob, foldSigma, splitGlobs } from './photo-glob.ts'

export interface PhotoGroup {
  readonly name: string
  /** Canonical, each sigma as σ, as in globs. */
  readonly addresses: ReadonlySet<string>
  /** As of PhotoGlobs. */
  readonly globs: readonly string[]
}

export interface GroupMembers {
  /** Canonical. */
  readonly addresses: Iterable<string>
  /** Without `!`. Each costs a comparison for each request that is in no earlier one. */
  readonly globs: readonly string[]
}

export function buildPhotoGroup(name: string, { addresses, globs }: GroupMembers): PhotoGroup {
  const known = new Set<string>()
  for (const address of addresses) known.add(foldSigma(address))
  return { name, addresses: known, globs: splitGlobs(globs).included }
}

/** The address or the glob by which the address (canonical) is in the group; undefined when it is not. */
export function findMember({ addresses, globs }: PhotoGroup, address: string): string | undefined {
  return addresses.has(foldSigma(address)) ? address : findGlob(globs, address)
}

/** Whether the group has nobody in it. */
export function isEmptyGroup({ addresses, globs }: PhotoGroup): boolean {
  return addresses.size === 0 && globs.length === 0
}
