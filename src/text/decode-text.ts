// Decodes the bytes of a text file that a person or another program wrote. Does not know what the file is for.
// An invalid byte is reported and never replaced: a name with U+FFFD in it matches nothing, and an exclusion that
// matches nothing shows the photo to everybody.

/** How the bytes were written. UTF-16 is recognised by its byte order mark. */
export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be'

/** The text without its byte order mark, or what is wrong and where (line and column from 1, column in characters). */
export type DecodedText =
  | { readonly text: string; readonly encoding: TextEncoding }
  | { readonly problem: string; readonly line: number; readonly column: number }

/**
 * Never throws. A NUL is a problem: no text file has one, and UTF-16 without a byte order mark is full of them.
 * @example decodeText(Buffer.from('joe')) // { text: 'joe', encoding: 'utf-8' }
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const encoding = encodingOf(bytes)
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes)
    const nul = text.indexOf('\0')
    return nul < 0 ? { text, encoding } : describeNul(text.slice(0, nul))
  } catch {
    if (encoding !== 'utf-8') {
      const problem = 'is cut off or damaged UTF-16; save it as UTF-8'
      return { problem, line: 1, column: 1 }
    }
    return describeBadUtf8(bytes)
  }
}

function encodingOf(bytes: Uint8Array): TextEncoding {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

function describeNul(before: string): DecodedText {
  const problem =
    'has a NUL character here: it is not a text file, or UTF-16 without a byte order mark; save it as UTF-8'
  return { problem, ...placeIn(before) }
}

function describeBadUtf8(bytes: Uint8Array): DecodedText {
  const at = validUtf8Length(bytes)
  const nul = bytes.indexOf(0)
  if (nul >= 0 && nul < at) return describeNul(new TextDecoder().decode(bytes.subarray(0, nul)))
  const byte = (bytes[at] ?? 0).toString(16).toUpperCase().padStart(2, '0')
  const before = new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, at))
  const problem = `is not UTF-8 here (byte 0x${byte}; perhaps Windows-1252 or Latin-1); save it as UTF-8`
  return { problem, ...placeIn(before) }
}

// How many bytes from the start are whole characters of UTF-8, by binary search. A prefix that ends within a
// character counts as good, because `stream` waits for the rest of it.
function validUtf8Length(bytes: Uint8Array): number {
  let good = 0
  let bad = bytes.length + 1
  while (bad - good > 1) {
    const middle = (good + bad) >> 1
    if (isUtf8Prefix(bytes.subarray(0, middle))) good = middle
    else bad = middle
  }
  // The error is where the unfinished character begins.
  let start = good
  while (start > 0 && good - start < 3 && !isWhole(bytes.subarray(0, start))) start--
  return start
}

function isUtf8Prefix(bytes: Uint8Array): boolean {
  return canDecode(bytes, true)
}

function isWhole(bytes: Uint8Array): boolean {
  return canDecode(bytes, false)
}

function canDecode(bytes: Uint8Array, stream: boolean): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream })
    return true
  } catch {
    return false
  }
}

function placeIn(before: string): { line: number; column: number } {
  const lines = before.split(/\r\n|\n|\r/)
  return { line: lines.length, column: [...(lines.at(-1) ?? '')].length + 1 }
}
