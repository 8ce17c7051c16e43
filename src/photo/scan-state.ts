// Whether all photos of a directory are known and up to date, and if not, why. Knows no photo.

export interface ScanState {
  /** For rules that exclude people: why it is unknown now whose photo is whose. Undefined: it is known. */
  readonly unknown: { readonly unknown: string } | undefined
  /** Whether the first scan is through. */
  readonly isScanned: boolean
  /** Whether all photos are known and the directory can be read now. */
  readonly isReady: boolean
  /** Everything is reported anew. */
  start(): void
  /** `isPart`: more of the same report follows. */
  noteFiles(isPart: boolean): void
  /** Why the import's records cannot be used. Undefined: they can. */
  noteRecords(trouble: string | undefined): void
  /** The directory cannot be read. Returns whether that is new. */
  noteUnreadable(reason: string): boolean
  noteReadable(): void
  /** Returns whether this was the first scan. */
  finish(): boolean
  /** Settles when the first scan is through, or has failed. */
  readonly scanned: Promise<void>
  /** Settles `scanned`: nothing may wait for a scan that may never come. */
  giveUp(): void
}

export function buildScanState(): ScanState {
  let hasScanned = false
  let isScanning = true
  let isPartial = false
  let unreadable: string | undefined
  let records: string | undefined
  let unknown: { readonly unknown: string } | undefined
  let settle!: () => void
  const scanned = new Promise<void>(resolve => {
    settle = resolve
  })

  // Until all photos are known, any of them may show an excluded person. Worded here, not for each request.
  function update(): void {
    const reason =
      unreadable !== undefined
        ? `the photo folder cannot be read: ${unreadable}`
        : isScanning || isPartial
          ? 'the photo folder is still being read'
          : records
    unknown = reason === undefined ? undefined : { unknown: reason }
  }
  update()

  return {
    get unknown() {
      return unknown
    },
    get isScanned() {
      return hasScanned
    },
    get isReady() {
      return hasScanned && !isScanning && unreadable === undefined
    },
    start: () => {
      isScanning = true
      isPartial = false
      update()
    },
    noteFiles: isPart => {
      isPartial = isPart
      update()
    },
    noteRecords: trouble => {
      records = trouble
      update()
    },
    noteUnreadable: reason => {
      const isNew = reason !== unreadable
      unreadable = reason
      update()
      settle()
      return isNew
    },
    noteReadable: () => {
      unreadable = undefined
      update()
    },
    finish: () => {
      const isFirst = !hasScanned
      hasScanned = true
      isScanning = false
      update()
      settle()
      return isFirst
    },
    scanned,
    giveUp: settle,
  }
}
