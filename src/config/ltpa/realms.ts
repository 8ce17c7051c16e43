// The realms that each key file vouches for. Keys that vouched for other realms would let a test cell name the people of
// the real one. So an uncertain realm counts as none, and a warning says what to write.
import type { LtpaKeys } from '../../ltpa/key-file.ts'
import { placeholderRealms } from '../../ltpa/key-file.ts'
import { quoteRealm } from '../../ltpa/refusal-text.ts'
import { printable } from '../../text/printable.ts'
import type { Findings } from '../document/findings.ts'

/** One key file as the configuration names it. */
export interface KeyFileRealms {
  readonly keys: Pick<LtpaKeys, 'realm'>
  /** Its place in `ltpa.keys`. */
  readonly at: number
  /** As `ltpa.keys[].realms` says them; undefined when it does not. */
  readonly said: readonly string[] | undefined
}

/**
 * The realms of each file, in order.
 * @param accepted `ltpa.realms`; undefined when it is left out.
 */
export function resolveRealms(
  files: readonly KeyFileRealms[],
  accepted: readonly string[] | undefined,
  findings: Findings,
): readonly (readonly string[])[] {
  const settled = files.map(file => {
    const { keys, said, at } = file
    if (said !== undefined) return said
    const isPlaceholder = keys.realm === undefined || placeholderRealms.includes(keys.realm)
    if (isPlaceholder && files.length === 1 && accepted !== undefined) return accepted
    if (isPlaceholder) warnOfPlaceholder(keys.realm, at, findings)
    return keys.realm === undefined ? [] : [keys.realm]
  })
  if (accepted === undefined) return settled
  warnOfStrangers(files, { settled, accepted, findings })
  return settled.map(realms => realms.filter(realm => accepted.includes(realm)))
}

function warnOfPlaceholder(realm: string | undefined, at: number, findings: Findings): void {
  const says =
    realm === undefined
      ? 'names no realm, so these keys vouch for none'
      : `names the realm ${realm}, which servers write before they know their own, and these keys vouch for no other`
  findings.warn(
    ['ltpa', 'keys', at, 'file'],
    `${says}; add realms: […] with the realm of your tokens, as photogate token shows it`,
  )
}

// An accepted realm without keys is mistyped, or missing in `realms` of its file. A file without realms is useless.
function warnOfStrangers(
  files: readonly KeyFileRealms[],
  {
    settled,
    accepted,
    findings,
  }: {
    settled: readonly (readonly string[])[]
    accepted: readonly string[]
    findings: Findings
  },
): void {
  if (files.length === 0) return
  const vouched = [...new Set(settled.flat())]
  const strange = accepted.filter(realm => !vouched.includes(realm))
  if (strange.length > 0) {
    const [one] = strange.map(quoteRealm)
    const known = vouched.length === 0 ? 'none' : vouched.map(printable).join(', ')
    const message = `accepts ${strange.map(printable).join(', ')}, but the key files vouch for ${known}: tokens of it are refused; add realms: [${one}] to the keys that sign for it`
    findings.warn(['ltpa', 'realms'], message)
  }
  for (const [index, realms] of settled.entries()) {
    if (realms.length === 0 || realms.some(realm => accepted.includes(realm))) continue
    const message = `is for ${realms.map(printable).join(', ')}, which ltpa.realms leaves out: all its tokens are refused`
    findings.warn(['ltpa', 'keys', files[index]?.at as number, 'file'], message)
  }
}
