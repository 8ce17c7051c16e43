// What FNCS says about content download caching (CDHC) when it starts: eight lines of LCDAUtil. Public sources show the
// lines below and no others.

/** The values, in the order of the log. `cdhc_rootPath` is the folder. */
export const cdhcKeys = [
  'cdhc_rootPath',
  'cdhc_maxCachedFiles',
  'cdhc_maxCacheSize_kb',
  'cdhc_maxCleanupTime_ms',
  'cdhc_cleanupInterval_s',
  'cdhc_minContentLifetime_s',
] as const

/** The eight lines of a whole announcement. */
export const announcedLines = ['enabled', 'cacheId', ...cdhcKeys] as const

export type AnnouncedLine =
  | {
      readonly kind: 'value'
      readonly key: (typeof announcedLines)[number]
      readonly value: string
    }
  /** Says something else about CDHC. */
  | { readonly kind: 'other'; readonly text: string }

/**
 * A message of LCDAUtil, or a line below it. Undefined: not about CDHC.
 * @example parseAnnouncement('getLCDA CDHC cdhc_maxCachedFiles = 10000') // { kind: 'value', key: 'cdhc_maxCachedFiles', value: '10000' }
 */
export function parseAnnouncement(message: string): AnnouncedLine | undefined {
  const [, said] = /^\s*(?:getLCDA\s+)?CDHC\s+(\S.*)$/s.exec(message) ?? []
  if (said === undefined) return undefined
  const text = said.trimEnd()
  if (text === 'enabled') return { kind: 'value', key: 'enabled', value: '' }
  const [, name, value] = /^(\w+)\s*=\s*(.*)$/s.exec(text) ?? []
  const key = announcedLines.find(each => each === name)
  if (key === undefined || value === undefined) return { kind: 'other', text: text.slice(0, 200) }
  return { kind: 'value', key, value }
}
