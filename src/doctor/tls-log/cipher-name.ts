// Names of cipher suites, those of the standards (`TLS_RSA_WITH_AES_128_CBC_SHA`, which IHS logs) and those of OpenSSL
// (`ECDHE-RSA-AES128-GCM-SHA256`, which mod_ssl and nginx log).

const standardName = /^(?:TLS|SSL)_[A-Za-z0-9_]{4,80}$/
const openSslName = /^[A-Z][A-Z0-9]{1,15}(?:-[A-Z0-9]{1,15}){1,8}$/

/** @example isCipherName('AES128-SHA') // true */
export function isCipherName(text: string): boolean {
  return standardName.test(text) || openSslName.test(text)
}

export const weaknesses = {
  null: 'no encryption',
  anonymous: 'no certificate of the server',
  export: 'export keys, broken in hours',
  RC4: 'RC4, forbidden by RFC 7465',
  DES: 'DES, broken in hours',
  '3DES': 'triple DES, whose long connections can be read (Sweet32)',
} as const

export type Weakness = keyof typeof weaknesses

// The whole word between separators. `AES_128_GCM_SHA256` has none of them.
const words: readonly (readonly [RegExp, Weakness])[] = [
  [/(?:^|[_-])NULL(?:[_-]|$)/, 'null'],
  [/(?:^|[_-])(?:anon|ADH|AECDH)(?:[_-]|$)/, 'anonymous'],
  [/(?:^|[_-])(?:EXPORT\d*|EXP\d*)(?:[_-]|$)/, 'export'],
  [/(?:^|[_-])(?:RC4|RC2)(?:[_-]|$)/, 'RC4'],
  [/(?:^|[_-])(?:3DES|DES-CBC3)(?:[_-]|$)/, '3DES'],
  [/(?:^|[_-])DES(?:40)?(?:[_-]|$)/, 'DES'],
]

// A log has few names, and each of them in many lines.
const known = new Map<string, Weakness | undefined>()
const maxKnown = 1_000

/**
 * The worst weakness of a suite; undefined when it has none. No forward secrecy (`TLS_RSA_`) is not a weakness here.
 * @example findWeakness('DES-CBC3-SHA') // '3DES'
 */
export function findWeakness(cipher: string): Weakness | undefined {
  if (known.has(cipher)) return known.get(cipher)
  const weakness = words.find(([pattern]) => pattern.test(cipher))?.[1]
  if (known.size < maxKnown) known.set(Buffer.from(cipher).toString(), weakness)
  return weakness
}
