// What a test of Apache's looks at: the TestString of RewriteCond, a word of an expression, the attribute of
// SetEnvIf. Each names the same few things in its own way, and whatever else it names no rule can ask for.
import type { Access } from './access-expression.ts'
import { always, never } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import type { Argument } from './httpd/directive.ts'
import type { PathStart } from './photo-paths.ts'
import { anyStart, matchRegex, otherEnds, otherEndsMessage } from './photo-paths.ts'
import { buildAutomaton } from './regex/automaton.ts'
import { isFoundIn } from './regex/automaton-search.ts'
import { parseRegex } from './regex/regex-parser.ts'
import { literalRegex } from './regex/regex-text.ts'

export type Subject =
  | { readonly kind: 'peer' | 'cookie' | 'method' | 'path' }
  | { readonly kind: 'header' | 'env'; readonly name: string }

export interface MatchOptions {
  readonly reader: BlockReader
  readonly comments: readonly string[]
  readonly ignoresCase: boolean
}

const addressHeader = /^(?:X-Forwarded-For|X-Real-IP|X-Client-IP|True-Client-IP)$/i

/** A header of the request. Undefined: no rule can ask for it. */
export function findHeader(name: string): Subject | undefined {
  if (/^cookie$/i.test(name)) return { kind: 'cookie' }
  return addressHeader.test(name) ? { kind: 'header', name } : undefined
}

/** A variable without its `%{}`, as mod_rewrite and expressions have it in common. */
export function findVariable(name: string): Subject | undefined {
  const header = /^HTTP:(.*)$/i.exec(name)?.[1]
  if (header !== undefined) return findHeader(header)
  const variable = /^ENV:(.+)$/is.exec(name)?.[1]
  if (variable !== undefined) return { kind: 'env', name: variable }
  switch (name.toUpperCase()) {
    case 'REMOTE_ADDR':
    case 'CONN_REMOTE_ADDR':
      return { kind: 'peer' }
    case 'HTTP_COOKIE':
      return { kind: 'cookie' }
    case 'REQUEST_METHOD':
      return { kind: 'method' }
    case 'REQUEST_URI':
      return { kind: 'path' }
    default:
      return undefined
  }
}

/** Whether the expression is found in it. */
export function matchSubject(subject: Subject, pattern: Argument, options: MatchOptions): Access {
  const { reader, comments, ignoresCase } = options
  switch (subject.kind) {
    case 'cookie':
      return reader.cookieRegex(pattern, comments, ignoresCase)
    case 'method':
      return matchMethod(pattern, options)
    case 'path':
      return matchPath(pattern, options)
    case 'env':
      return matchVariable(subject.name, pattern, options)
    case 'header':
      // A client that sends no such header has an empty text.
      if (isFound(pattern.text, { text: '', ignoresCase })) {
        return reader.refuse(pattern, `${pattern.text} matches clients without such a header, too`)
      }
      return reader.addressRegex(pattern, { comments, ignoresCase, source: 'header' })
    case 'peer':
      return reader.addressRegex(pattern, { comments, ignoresCase, source: 'peer' })
  }
}

/** Whether it is one of these texts, at least one. */
export function equalsSubject(
  subject: Subject,
  wanted: readonly Argument[],
  options: MatchOptions,
): Access {
  const [first] = wanted as [Argument]
  const text = wanted.map(each => literalRegex(each.text)).join('|')
  if (subject.kind === 'method') return matchMethod({ ...first, text }, options)
  if (subject.kind === 'path') return matchPath({ ...first, text }, options)
  if (subject.kind === 'env') return matchVariable(subject.name, { ...first, text }, options)
  const odd = wanted.find(each => !/^[\da-f:.]+$/i.test(each.text))
  if (subject.kind === 'cookie' || odd !== undefined) {
    const what = subject.kind === 'cookie' ? 'Cookie header' : 'text'
    return options.reader.refuse(
      odd ?? first,
      `asks for the whole ${what} to be ${(odd ?? first).text || 'empty'}, which no rule can ask for`,
    )
  }
  return matchSubject(subject, { ...first, text }, options)
}

function matchVariable(name: string, regex: Argument, { reader, ignoresCase }: MatchOptions) {
  const variable = { ...regex, text: name }
  return (
    reader.environment?.matches(variable, { regex: regex.text, ignoresCase }) ??
    reader.refuse(variable, `asks for the variable ${name}, which no rule can ask for`)
  )
}

/** Photos are asked for with GET and HEAD, and nothing else is admitted anywhere. */
function matchMethod(pattern: Argument, { reader, ignoresCase }: MatchOptions): Access {
  const [get, head] = ['GET', 'HEAD'].map(text => isFound(pattern.text, { text, ignoresCase }))
  if (get === undefined || get !== head) {
    return reader.refuse(pattern, `${pattern.text} is not the same for GET and HEAD`)
  }
  return get ? always : never
}

/** For every photo or for none: of the path no rule can ask. */
function matchPath(pattern: Argument, { reader, ignoresCase }: MatchOptions): Access {
  const { base, isBaseGiven, isPathRaw } = reader.paths
  const matchPhotos = (start: PathStart, ends = ['.jpg']) =>
    matchRegex(pattern.text, { start, ends, ignoresCase })
  const match = matchPhotos(base)
  if (isPathRaw || match === 'sometimes') {
    return reader.refuse(pattern, `asks for ${pattern.text} in the path, which no rule can ask for`)
  }
  if (match === 'always') return always
  if (matchPhotos(base, otherEnds) !== 'never') {
    return reader.refuse(pattern, otherEndsMessage(`asks for ${pattern.text} in the path`))
  }
  if (!isBaseGiven && matchPhotos(anyStart) !== 'never') {
    return reader.refuse(
      pattern,
      `asks for ${pattern.text} in the path: of photos, if that is where they lie. Say where with --path, and --path / if they lie at the top`,
    )
  }
  return never
}

/** Undefined: the expression cannot be read; whoever takes it up says why. */
function isFound(
  regex: string,
  { text, ignoresCase }: { readonly text: string; readonly ignoresCase: boolean },
): boolean | undefined {
  try {
    return isFoundIn(buildAutomaton(parseRegex(regex, { ignoresCase })), text)
  } catch {
    return undefined
  }
}
