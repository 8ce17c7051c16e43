// Reads Require of Apache 2.4, and Order, Allow and Deny of 2.2, as an access expression.
// https://httpd.apache.org/docs/2.4/mod/mod_authz_core.html, https://httpd.apache.org/docs/2.2/mod/mod_authz_host.html
import type { Access } from './access-expression.ts'
import { always, and, never, not, or } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import type { Argument, Directive } from './httpd/directive.ts'
import { readExpression } from './require-expression.ts'
import { flatten, mayTurnAway } from './section.ts'

const requires = new Set(['require', 'requireany', 'requireall', 'requirenone'])
// A context that has one of them inherits none of them.
const orders = new Set(['order', 'allow', 'deny', 'satisfy'])

/** The two kinds, which Apache inherits separately. Absent: the context has no directive of that kind. */
export interface Authorization {
  readonly order?: Access
  /** `Satisfy any`; always set with `order`. */
  readonly isAnyEnough?: boolean
  readonly require?: Access
}

/** Both kinds must admit, or with `Satisfy any` one of them. */
export function joinAuthorization({ order, isAnyEnough, require }: Authorization): Access {
  if (order === undefined || require === undefined) return order ?? require ?? always
  return isAnyEnough === true ? or(order, require) : and(order, require)
}

export function readAuthorization(
  directives: readonly Directive[],
  reader: BlockReader,
): Authorization {
  reader.environment?.enter(directives)
  for (const each of directives) {
    if (/^(?:authtype|authname|authmerging|authuserfile|authldapurl)$/.test(each.key)) {
      reader.addLeftover(
        each,
        `${each.name} is not carried over: photogate does not ask for passwords`,
      )
    }
  }
  const isOld = directives.some(({ key }) => orders.has(key))
  const isNew = directives.some(({ key }) => requires.has(key))
  return {
    ...(isOld
      ? { order: readOrder(directives, reader), isAnyEnough: isAnyEnough(directives) }
      : {}),
    ...(isNew ? { require: readAny(directives, reader) } : {}),
  }
}

function isAnyEnough(directives: readonly Directive[]): boolean {
  const last = directives.findLast(({ key }) => key === 'satisfy')
  return last?.words[0]?.text.toLowerCase() === 'any'
}

/** Require directives side by side: one of them is enough. */
function readAny(directives: readonly Directive[], reader: BlockReader): Access {
  return or(
    ...directives
      .filter(({ key }) => requires.has(key))
      .map(each =>
        isNegative(each)
          ? reader.refuse(
              each,
              'is negative where one positive is enough; Apache does not start with it',
            )
          : readRequire(each, reader),
      ),
  )
}

function isNegative({ key, words }: Directive): boolean {
  return key === 'requirenone' || (key === 'require' && words[0]?.text.toLowerCase() === 'not')
}

function readRequire(directive: Directive, reader: BlockReader): Access {
  const { key, children, comments } = directive
  const [first, ...rest] = directive.words
  if (children !== undefined) {
    const odd = flatten(children).find(each => !requires.has(each.key) && mayTurnAway(each))
    if (odd !== undefined)
      return reader.refuse(
        odd,
        `<${odd.name}> applies under a condition only; it is not carried over`,
      )
  }
  const inside = flatten(children ?? []).filter(each => requires.has(each.key))
  // Apache ignores it with a warning. Its author may have wanted to admit or to turn away.
  if (children !== undefined && inside.length === 0) {
    return reader.refuse(
      directive,
      `<${directive.name}> contains no Require; it is not carried over`,
    )
  }
  if (key === 'requireany') return readAny(inside, reader)
  if (key === 'requireall') return and(...inside.map(each => readRequire(each, reader)))
  if (key === 'requirenone') return not(readAny(inside, reader))
  const kind = first?.text.toLowerCase()
  if (kind === 'not') return not(readRequire({ ...directive, words: rest }, reader))
  const what = rest[0]?.text.toLowerCase()
  if (kind === 'all' && what === 'granted') return always
  if (kind === 'all' && what === 'denied') return never
  if (kind === 'ip') return reader.networks(rest, comments)
  if (kind === 'env' && reader.environment !== undefined) {
    return or(...rest.map(each => reader.environment?.isSet(each) ?? never))
  }
  if (kind === 'method') {
    // Clients ask for photos with GET; Apache treats HEAD as GET.
    return rest.some(({ text }) => text === 'GET') ? always : never
  }
  if (kind === 'local') {
    reader.addLeftover(
      directive,
      'admits requests from all addresses of the server itself; the rule admits 127.0.0.0/8 and ::1 only, so add the others',
    )
    return reader.networks(asWords(directive, ['127.0.0.0/8', '::1']), comments)
  }
  if (kind === 'expr' && rest[0] !== undefined) {
    // Without quotes the expression is the rest of the line.
    const text = rest.map(each => each.text).join(' ')
    return readExpression({ ...rest[0], text }, comments, reader)
  }
  return reader.refuse(directive, `Require ${kind ?? ''} is not carried over`)
}

function readOrder(directives: readonly Directive[], reader: BlockReader): Access {
  const order = directives.findLast(({ key }) => key === 'order')
  const text =
    order?.words
      .map(({ text: word }) => word)
      .join('')
      .toLowerCase() ?? 'deny,allow'
  const read = (key: string) =>
    or(...directives.filter(each => each.key === key).map(each => readFrom(each, reader)))
  const [allowed, denied] = [read('allow'), read('deny')]
  if (text === 'deny,allow') return or(allowed, not(denied))
  if (text === 'allow,deny' || text === 'mutual-failure') return and(allowed, not(denied))
  return reader.refuse(order as Directive, `Order ${text} is not an order that Apache knows`)
}

/** `Allow from 10.1 192.0.2.7`, `Allow from env=internal` and `Deny from all`. */
function readFrom(directive: Directive, reader: BlockReader): Access {
  const words = directive.words.slice(directive.words[0]?.text.toLowerCase() === 'from' ? 1 : 0)
  if (words.some(({ text }) => text.toLowerCase() === 'all')) return always
  const networks = words.filter(({ text }) => /^[\d.]+(?:\/[\d.]+)?$|:/.test(text))
  const others = words.filter(word => !networks.includes(word))
  return or(
    ...(networks.length > 0 ? [reader.networks(networks, directive.comments)] : []),
    ...others.map(word => readOther(word, directive, reader)),
  )
}

function readOther(word: Argument, directive: Directive, reader: BlockReader): Access {
  const [, unset, name = ''] = /^env=(!?)(.*)$/is.exec(word.text) ?? []
  const isSet = name === '' ? undefined : reader.environment?.isSet({ ...word, text: name })
  if (isSet !== undefined) return unset === '!' ? not(isSet) : isSet
  return reader.refuse(
    word,
    `${directive.name} from ${word.text} tests a host name or a variable, which no rule can test`,
  )
}

function asWords({ file, line, column }: Directive, texts: readonly string[]): Argument[] {
  return texts.map(text => ({ file, line, column, text }))
}
