// The part of a request that a test of Apache examines: the TestString of RewriteCond, a word of an expression, the
// attribute of SetEnvIf. Each has its own names for the few parts that a rule can test.
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

/**
 * A header of the request. Undefined: no rule can test it.
 * @example findHeader('X-Real-IP') // { kind: 'header', name: 'X-Real-IP' }
 */
export function findHeader(name: string): Subject | undefined {
  if (/^cookie$/i.test(name)) return { kind: 'cookie' }
  return addressHeader.test(name) ? { kind: 'header', name } : undefined
}

/**
 * A variable of mod_rewrite or of an expression, named without its `%{}`. Undefined: no rule can test it.
 * @example findVariable('REMOTE_ADDR') // { kind: 'peer' }
 * @example findVariable('TIME_HOUR') // undefined
 */
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

/** The requests in whose subject the expression is found. */
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
      // Without such a header the text is empty.
      if (isFound(pattern.text, { text: '', ignoresCase })) {
        return reader.refuse(pattern, `${pattern.text} also matches requests without such a header`)
      }
      return reader.addressRegex(pattern, { comments, ignoresCase, source: 'header' })
    case 'peer':
      return reader.addressRegex(pattern, { comments, ignoresCase, source: 'peer' })
  }
}

/** The requests whose subject is one of these texts. `wanted` is not empty. */
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
      `tests whether the whole ${what} is ${(odd ?? first).text || 'empty'}, which no rule can test`,
    )
  }
  return matchSubject(subject, { ...first, text }, options)
}

function matchVariable(name: string, regex: Argument, { reader, ignoresCase }: MatchOptions) {
  const variable = { ...regex, text: name }
  return (
    reader.environment?.matches(variable, { regex: regex.text, ignoresCase }) ??
    reader.refuse(variable, `tests the variable ${name}, which no rule can test`)
  )
}

/** Clients ask for photos with GET and HEAD. The gate admits no other method. */
function matchMethod(pattern: Argument, { reader, ignoresCase }: MatchOptions): Access {
  const [get, head] = ['GET', 'HEAD'].map(text => isFound(pattern.text, { text, ignoresCase }))
  if (get === undefined || get !== head) {
    return reader.refuse(pattern, `${pattern.text} is not the same for GET and HEAD`)
  }
  return get ? always : never
}

/** The path must match all photos or none, because no rule can test it. */
function matchPath(pattern: Argument, { reader, ignoresCase }: MatchOptions): Access {
  const { base, isBaseGiven, isPathRaw } = reader.paths
  const matchPhotos = (start: PathStart, ends = ['.jpg']) =>
    matchRegex(pattern.text, { start, ends, ignoresCase })
  const match = matchPhotos(base)
  if (isPathRaw || match === 'sometimes') {
    return reader.refuse(pattern, `tests for ${pattern.text} in the path, which no rule can test`)
  }
  if (match === 'always') return always
  if (matchPhotos(base, otherEnds) !== 'never') {
    return reader.refuse(pattern, otherEndsMessage(`tests for ${pattern.text} in the path`))
  }
  if (!isBaseGiven && matchPhotos(anyStart) !== 'never') {
    return reader.refuse(
      pattern,
      `tests for ${pattern.text} in the path, which matches photos if they are there. Name their URL path with --path, or --path / for the top`,
    )
  }
  return never
}

/** Undefined: the expression cannot be read. The caller reports why. */
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
