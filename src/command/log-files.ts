// The files that a command line names. The shell of Windows passes patterns on unchanged, and so does any other shell
// when nothing matches.
import { existsSync, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

const wildcard = /[*?]/

/**
 * Replaces patterns with `*` and `?` in the last part of a path by the matching files, sorted by name; a file that
 * matches several times counts once. Other arguments, and patterns without a match, stay unchanged.
 */
export function expandPatterns(names: readonly string[], platform = process.platform): string[] {
  const files: string[] = []
  for (const name of names) {
    if (!wildcard.test(basename(name)) || existsSync(name)) files.push(name)
    else {
      const found = listMatches(name, platform)
      files.push(...(found.length === 0 ? [name] : found.filter(file => !files.includes(file))))
    }
  }
  return files
}

function listMatches(name: string, platform: NodeJS.Platform): string[] {
  const pattern = new RegExp(
    `^${basename(name).replace(/[^*?]/g, escapeChar).replaceAll('*', '.*').replaceAll('?', '.')}$`,
    platform === 'win32' ? 'is' : 's',
  )
  const hasDirectory = basename(name) !== name
  try {
    const all = readdirSync(dirname(name), { withFileTypes: true })
    return all
      .filter(
        entry => !entry.isDirectory() && pattern.test(entry.name) && !entry.name.startsWith('.'),
      )
      .map(entry => (hasDirectory ? join(dirname(name), entry.name) : entry.name))
      .sort()
  } catch {
    return []
  }
}

function escapeChar(char: string): string {
  return /[\w\s]/.test(char) || char > '\x7f' ? char : `\\${char}`
}
