// Where a JPEG's markers are (ITU-T T.81 annex B). Decodes nothing.

/** A marker without length and content: TEM and restarts. */
export function isLoneMarker(marker: number): boolean {
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)
}

/** SOF0 to SOF15; between them are DHT, JPG and DAC. */
export function isFrameMarker(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)
}

/**
 * The offset of the next marker outside of scans; -1 when no complete one follows. Skips fill bytes, and bytes that
 * belong to no segment: phones and old programs leave some between segments.
 */
export function nextMarker(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1]
    if (marker !== undefined && marker !== 0x00 && marker !== 0xff) return at
  }
  return -1
}

/** The end of the entropy-coded data that begins at `from`: the next marker that is neither data nor a restart. */
export function endOfScan(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1]
    const isData =
      next === 0x00 || next === 0xff || (next !== undefined && next >= 0xd0 && next <= 0xd7)
    if (!isData) return at
  }
  return bytes.length
}
