// Texts and wildcards as expressions.

/** An expression for the text itself and nothing else. */
export function literalRegex(text: string): string {
  return `^${escaped(text)}$`
}

/** An expression for what fnmatch's pattern matches. Undefined: it is not read alike everywhere. */
export function globToRegex(glob: string): string | undefined {
  if (/[[\]\\]/.test(glob)) return undefined
  const parts = glob.split(/([*?])/)
  return `^${parts.map(part => (part === '*' ? '.*' : part === '?' ? '.' : escaped(part))).join('')}$`
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
