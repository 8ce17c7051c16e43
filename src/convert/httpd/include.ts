// Finds the files that an Include names: patterns in any part of the path, and directories with all their contents.
// Does not read the files.
import { readdirSync, statSync } from 'node:fs'
import { isAbsolute, join, parse, resolve } from 'node:path'

// These bounds end an `Include /` early.
const maxDepth = 8
const maxDirectories = 1_000
/** The search goes one further, to see that there are more. */
const maxIncluded = 1_000

interface IncludeOptions {
  readonly serverRoot: string
  /** IncludeOptional, which may name nothing. */
  readonly isOptional: boolean
  /** The values of --ignore-missing. */
  readonly ignoreMissing: readonly string[]
}

/** The files that `Include named` reads. `files` undefined: not known. */
export function resolveInclude(
  named: string,
  { serverRoot, isOptional, ignoreMissing }: IncludeOptions,
): { readonly files: readonly string[] | undefined; readonly problem: string | undefined } {
  const path = isAbsolute(named) ? named : resolve(serverRoot, named)
  const files = named === '' ? [] : findIncluded(path)
  if (files.length > maxIncluded) {
    const problem = `${named} names more than ${maxIncluded} files; none of them was read`
    return { files: undefined, problem }
  }
  if (files.length > 0 || (named !== '' && isEmptyFolder(path)))
    return { files, problem: undefined }
  if (ignoreMissing.some(each => each === named || each === path)) {
    return {
      files,
      problem: `${named} does not exist; it is left out because of --ignore-missing`,
    }
  }
  const problem = `${named} does not exist, so its contents are not carried over; copy it to ${path}, or correct ServerRoot`
  return { files: undefined, problem: isOptional ? undefined : problem }
}

/** The directory exists and holds no such file: `conf.d/*.conf` of an installation without any. */
function isEmptyFolder(path: string): boolean {
  const { dir, base } = parse(path)
  const folder = /[*?[]/.test(base) ? dir : path
  if (/[*?[\0]/.test(folder)) return false
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false
}

/** Absolute paths in Apache's order. Empty when nothing matches. */
export function findIncluded(pattern: string): string[] {
  // No file has a NUL in its name, and stat throws on one.
  if (pattern.includes('\0')) return []
  const { root } = parse(pattern)
  const parts = pattern
    .slice(root.length)
    .split(/[/\\]/)
    .filter(part => part !== '')
  let paths = [root === '' ? '.' : root]
  for (const part of parts) {
    paths = /[*?[]/.test(part)
      ? paths.slice(0, maxDirectories).flatMap(path =>
          namesIn(path)
            .filter(matcherOf(part))
            .map(name => join(path, name)),
        )
      : paths.map(path => join(path, part))
  }
  const found: string[] = []
  let directories = 0
  const walk = (path: string, depth: number): void => {
    if (found.length > maxIncluded) return
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat?.isFile()) found.push(path)
    if (stat?.isDirectory() !== true || depth === maxDepth || ++directories > maxDirectories) return
    for (const name of namesIn(path)) walk(join(path, name), depth + 1)
  }
  for (const path of paths) walk(path, 0)
  return found
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path).sort()
  } catch {
    return []
  }
}

// As apr_fnmatch: only a dot in the pattern matches a leading dot.
function matcherOf(pattern: string): (name: string) => boolean {
  const text = pattern.replace(/\[!?[^\]]*\]|[\\^$.|+(){}*?[\]]/g, part => {
    if (part === '*') return '.*'
    if (part === '?') return '.'
    if (part.length > 1) return part.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
    return `\\${part}`
  })
  const compiled = compile(text)
  return name =>
    (compiled?.test(name) ?? false) && (!name.startsWith('.') || pattern.startsWith('.'))
}

function compile(text: string): RegExp | undefined {
  try {
    return new RegExp(`^${text}$`, 's')
  } catch {
    return undefined
  }
}
