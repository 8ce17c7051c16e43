// Windows-1252, in which programs on Windows write text that is not Unicode. Not by TextDecoder: Node 20 takes it for
// Latin-1.

// 0x80 to 0x9f. The rest is as in Latin-1.
const characters = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/**
 * Every byte is a character.
 * @example decodeWindows1252(Buffer.from([0x80, 0xfc])) // '€ü'
 */
export function decodeWindows1252(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString('latin1')
    .replace(/[\x80-\x9f]/g, char => characters.charAt(char.charCodeAt(0) - 0x80))
}

/** The byte of a code point. Undefined when Windows-1252 does not have the character. */
export function findWindows1252Byte(code: number): number | undefined {
  if (code < 0x80 || (code >= 0xa0 && code < 0x100)) return code
  const at = characters.indexOf(String.fromCodePoint(code))
  return at < 0 ? undefined : at + 0x80
}
