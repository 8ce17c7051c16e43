// Files of a photo directory that are not served: all are counted, and some of each kind named.

export interface UnservedFile {
  readonly name: string
  /** Worded to follow the name. */
  readonly reason: string
}

/** Files that are not served for the same reason. */
export interface UnservedGroup {
  readonly reason: string
  readonly files: number
  /** The first few, in alphabetical order. */
  readonly names: readonly string[]
}

/** The files of one directory that are not served now, and those that its first scan has found. */
export interface UnservedFiles {
  /** A file with a photo's name that must not be served. Reported once for each reason, except while files are collected. */
  refuse(name: string, reason: string): void
  /** A file with another name. Not reported one by one. */
  note(name: string, reason: string): void
  /** The file is gone, or may be served now. */
  forget(name: string): void
  /** Everything but these names is gone. */
  keepOnly(names: ReadonlySet<string>): void
  /** Collects the files until they are taken. */
  collect(): void
  take(): UnservedFile[]
  /** All that are not served now. */
  all(): UnservedFile[]
  /** Whether it is a file with another name that is there, as far as is known. */
  hasNoted(name: string): boolean
  /** Another number when `all` is another list. */
  readonly version: number
}

export function buildUnservedFiles(
  report: (refused: UnservedFile & { kind: 'refused' }) => void,
): UnservedFiles {
  const refused = new Map<string, string>()
  const noted = new Map<string, string>()
  let collected: Map<string, string> | undefined
  let version = 0

  function forget(name: string): void {
    const isKnown = refused.delete(name) || noted.delete(name)
    if (isKnown) version++
  }

  return {
    refuse: (name, reason) => {
      if (refused.get(name) !== reason) {
        refused.set(name, reason)
        version++
        if (collected === undefined) report({ kind: 'refused', name, reason })
      }
      collected?.set(name, reason)
    },
    note: (name, reason) => {
      if (!noted.has(name)) version++
      noted.set(name, reason)
      collected?.set(name, reason)
    },
    forget,
    keepOnly: names => {
      for (const name of [...refused.keys(), ...noted.keys()]) if (!names.has(name)) forget(name)
    },
    collect: () => {
      collected = new Map()
    },
    take: () => {
      const files = [...(collected ?? [])].map(([name, reason]) => ({ name, reason }))
      collected = undefined
      return files
    },
    all: () => [...refused, ...noted].map(([name, reason]) => ({ name, reason })),
    hasNoted: name => noted.has(name),
    get version() {
      return version
    },
  }
}

const maxNames = 5

/** The largest group first. */
export function groupUnserved(files: readonly UnservedFile[]): UnservedGroup[] {
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

/** The groups of both as one list, the largest first. */
export function joinGroups(
  one: readonly UnservedGroup[],
  other: readonly UnservedGroup[],
): readonly UnservedGroup[] {
  if (other.length === 0) return one
  const byReason = new Map(one.map(group => [group.reason, group]))
  for (const { reason, files, names } of other) {
    const known = byReason.get(reason) ?? { files: 0, names: [] }
    byReason.set(reason, {
      ...{ reason, files: known.files + files },
      names: [...known.names, ...names].slice(0, maxNames),
    })
  }
  return [...byReason.values()].sort((a, b) => b.files - a.files)
}
