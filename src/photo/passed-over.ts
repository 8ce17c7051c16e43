// Files of a photo directory that are not served: all are counted, and some of each kind named.

export interface PassedOverFile {
  readonly name: string
  /** Worded to follow the name. */
  readonly reason: string
}

/** Files that are not served for the same reason. */
export interface PassedOverGroup {
  readonly reason: string
  readonly files: number
  /** The first few, in alphabetical order. */
  readonly names: readonly string[]
}

const maxNames = 5

/** The largest group first. */
export function groupPassedOver(files: readonly PassedOverFile[]): PassedOverGroup[] {
  const byReason = new Map<string, string[]>()
  for (const { name, reason } of files) {
    const names = byReason.get(reason)
    if (names === undefined) byReason.set(reason, [name])
    else names.push(name)
  }
  return [...byReason]
    .map(([reason, names]) => ({
      ...{ reason, files: names.length },
      names: names.sort().slice(0, maxNames),
    }))
    .sort((a, b) => b.files - a.files || (a.reason < b.reason ? -1 : 1))
}
