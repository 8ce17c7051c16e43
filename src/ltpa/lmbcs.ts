// LMBCS, the character set of Lotus, in which Domino's tokens hold names. ASCII stands for itself. A group byte, one for
// each code page, leads any other character; those of Latin 1 may stand alone. As ICU's converter (ucnv_lmb.cpp).

export interface LmbcsText {
  /** Bytes without a printable character stand as `\x0f`; if there are any, a backslash is escaped too. */
  readonly text: string
  /** Every byte was decoded. Otherwise the text is for display only: no pattern may match it. */
  readonly isWhole: boolean
}

// The upper halves of code pages that TextDecoder does not know; U+FFFD for a byte without a character.
const cp850 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\xad±‗¾¶§÷¸°¨·¹³²■\xa0'
const cp851 =
  'ÇüéâäàΆçêëèïîΈÄΉΊ\ufffdΌôöΎûùΏÖÜά£έήίϊΐόύΑΒΓΔΕΖΗ½ΘΙ«»░▒▓│┤ΚΛΝΜ╣║╗╝ΞΟ┐└┴┬├─┼ΠΡ╚╔╩╦╠═╬ΣΤΥΦΧΨΩαβγ┘┌█▄δε▀ζηθικλμνξοπρσςτ´\xad±υφχ§ψ˛°¨ωϋΰώ■\xa0'
const cp852 =
  'ÇüéâäůćçłëŐőîŹÄĆÉĹĺôöĽľŚśÖÜŤťŁ×čáíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐└┴┬├─┼Ăă╚╔╩╦╠═╬¤đĐĎËďŇÍÎě┘┌█▄ŢŮ▀ÓßÔŃńňŠšŔÚŕŰýÝţ´\xad˝˛ˇ˘§÷¸°¨˙űŘř■\xa0'

type Decode = (bytes: Buffer) => string
const ofTable =
  (table: string): Decode =>
  ([byte]) =>
    table.charAt((byte as number) - 0x80)
const ofPage = (page: string): Decode => {
  const decoder = new TextDecoder(page, { fatal: true })
  return bytes => {
    try {
      return decoder.decode(bytes)
    } catch {
      return ''
    }
  }
}

const latin1 = ofTable(cp850)
const firstDouble = 0x10
const unicodeGroup = 0x14
// Stands for a low byte of 0, which would end a string in C.
const zeroMark = 0xf6
const groups: ReadonlyMap<number, Decode> = new Map([
  [0x01, latin1],
  [0x02, ofTable(cp851)],
  [0x03, ofPage('windows-1255')],
  [0x04, ofPage('windows-1256')],
  [0x05, ofPage('windows-1251')],
  [0x06, ofTable(cp852)],
  [0x08, ofPage('windows-1254')],
  [0x0b, ofPage('windows-874')],
  [0x10, ofPage('shift_jis')],
  [0x11, ofPage('euc-kr')],
  [0x12, ofPage('big5')],
  [0x13, ofPage('gbk')],
])

/** Never throws. */
export function decodeLmbcs(bytes: Buffer): LmbcsText {
  const parts: (string | Buffer)[] = []
  for (let at = 0; at < bytes.length; ) {
    const { text, length } = readCharacter(bytes, at)
    const isShown = text !== '' && !/[\p{C}\p{Zl}\p{Zp}\ufffd]/u.test(text)
    parts.push(isShown ? text : bytes.subarray(at, at + length))
    at += length
  }
  const isWhole = parts.every(part => typeof part === 'string')
  const text = parts.map(part => {
    if (typeof part !== 'string') return [...part].map(escapeByte).join('')
    return part === '\\' && !isWhole ? escapeByte(0x5c) : part
  })
  return { text: text.join(''), isWhole }
}

// One character and the number of its bytes; the text is empty when they are not a character.
function readCharacter(bytes: Buffer, at: number): { text: string; length: number } {
  const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3)
  const left = bytes.length - at
  if (first >= 0x80) return { text: readGroup(latin1, bytes.subarray(at, at + 1)), length: 1 }
  if (first >= 0x20) return { text: String.fromCharCode(first), length: 1 }
  if (first === unicodeGroup) return readUnicode(bytes, at)
  const decode = groups.get(first)
  if (decode === undefined) return { text: '', length: 1 }
  if (first < firstDouble) {
    // No public table says what a lower half under a group byte holds.
    const isUpper = second >= 0x80
    return {
      text: isUpper ? readGroup(decode, bytes.subarray(at + 1, at + 2)) : '',
      length: Math.min(left, 2),
    }
  }
  // The group byte twice: a character of a single byte.
  const isSingle = second === first
  const character = isSingle ? [third] : [second, third]
  return {
    text: left < 3 ? '' : readGroup(decode, Buffer.from(character)),
    length: Math.min(left, 3),
  }
}

// Exactly one character, and never ASCII under a group byte: one name must not have two encodings.
function readGroup(decode: Decode, bytes: Buffer): string {
  const text = decode(bytes)
  return [...text].length === 1 && text > '\x7f' ? text : ''
}

function readUnicode(bytes: Buffer, at: number): { text: string; length: number } {
  const unit = readUnit(bytes, at)
  if (unit === undefined) return { text: '', length: Math.min(bytes.length - at, 3) }
  const low = unit >= 0xd800 && unit < 0xdc00 ? readUnit(bytes, at + 3) : undefined
  const isPair = low !== undefined && low >= 0xdc00 && low < 0xe000
  const text = isPair ? String.fromCharCode(unit, low) : String.fromCharCode(unit)
  return { text: unit < 0x80 ? '' : text, length: isPair ? 6 : 3 }
}

function readUnit(bytes: Buffer, at: number): number | undefined {
  const [group, high = 0, low = 0] = bytes.subarray(at, at + 3)
  if (group !== unicodeGroup || at + 3 > bytes.length) return undefined
  return high === zeroMark ? low << 8 : (high << 8) | low
}

function escapeByte(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}
