// Writes texts and wildcards as expressions.

/**
 * An expression that matches exactly this text.
 * @example literalRegex('a.b') // '^a\\.b$'
 */
export function literalRegex(text: string): string {
  return `^${escaped(text)}$`
}

/**
 * An expression that matches the same texts as a pattern of fnmatch. Undefined for patterns that implementations
 * read differently.
 * @example globToRegex('10.*') // '^10\\..*$'
 */
export function globToRegex(glob: string): string | undefined {
  if (/[[\]\\]/.test(glob)) return undefined
  const parts = glob.split(/([*?])/)
  return `^${parts.map(part => (part === '*' ? '.*' : part === '?' ? '.' : escaped(part))).join('')}$`
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
