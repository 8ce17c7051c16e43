// Names from tokens and key files, for people to read.

/** The text with whatever could steer a terminal or hide a part of it replaced. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
