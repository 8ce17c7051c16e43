// Why a token is refused, in more words than the gate uses: what most likely happened to it, and which keys were tried. For
// administrators at the command line; the gate never says this.
import type { LtpaSettings } from '../config/settings.ts'
import type { Verdict } from '../ltpa/token.ts'
import { bareToken, decodeToken, maxTokenLength } from '../ltpa/token.ts'
import { looksLikeDomino } from '../ltpa/token-domino.ts'
import type { TokenKind } from '../ltpa/verifier.ts'
import { printable } from '../text/printable.ts'

export interface JudgedToken {
  /** Undefined when the cookie's name is unknown. */
  readonly kind: TokenKind | undefined
  readonly text: string
  readonly verdict: Verdict
}

/** Undefined when the refusal says enough. */
export function causeOf({ kind, text, verdict }: JudgedToken, ltpa: LtpaSettings) {
  if (verdict.valid) return undefined
  const { reason } = verdict
  if (reason === 'malformed') return causeOfText(bareToken(text))
  if (reason !== 'not-authentic' && reason !== 'version-1') return undefined
  const bytes = decodeToken(bareToken(text))
  if (bytes === undefined) return undefined
  if (looksLikeDomino(bytes)) {
    return ltpa.domino.length === 0
      ? "it is a token of Domino's own, and the configuration has no ltpa.domino"
      : `it is a token of Domino's own; tried the secrets ${ltpa.domino.map(({ keyId }) => keyId).join(', ')}`
  }
  if (kind === 'v2' && bytes.length % 16 !== 0)
    return 'it is cut off: LtpaToken2 has a multiple of 16 bytes'
  if (bytes.length % 8 !== 0) return 'it is cut off: a token has a multiple of 8 bytes'
  const isV1 = kind === 'v1' || bytes.length % 16 !== 0
  const version =
    isV1 && !ltpa.acceptV1
      ? 'it is of version 1, or cut off; version 1 counts only with acceptV1: true; '
      : ''
  return reason === 'version-1' ? undefined : `${version}${triedKeys(ltpa)}`
}

function triedKeys({ keySets }: LtpaSettings): string {
  if (keySets.length === 0) return 'the configuration has secrets of Domino and no keys'
  const keys = keySets.map(({ keys: { keyId, created } }) => {
    return `${keyId} (${created === undefined ? 'without a date' : printable(created)})`
  })
  return `tried the keys ${keys.join(', ')}`
}

function causeOfText(text: string): string {
  if (text === '') return 'it is empty'
  if (text.length > maxTokenLength)
    return `it is too long: ${text.length} characters, and ${maxTokenLength} are the most`
  const foreign = /[^A-Za-z0-9+/=]/u.exec(text)
  if (foreign !== null) return `its character ${foreign.index + 1} is not a base64 character`
  if (text.length % 4 === 1) return 'it is cut off: no base64 has this length'
  for (const padding of ['=', '==']) {
    const bytes = decodeToken(text + padding)
    if (bytes !== undefined && bytes.length % 8 === 0)
      return `it has lost its ${padding} at the end`
  }
  return text.length % 4 === 0
    ? 'it is not written as base64 is'
    : 'it is cut off, or has lost its = at the end'
}
