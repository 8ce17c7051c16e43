// Directives that decide in Apache besides rewriting and authorization. No rule can express them: they are listed, and
// nobody is admitted past them. The same goes for unknown directives.
import type { Access } from './access-expression.ts'
import { always, and } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import { mayDecide } from './deciding-directives.ts'
import type { Directive } from './httpd/directive.ts'
import type { PhotoMatch } from './photo-paths.ts'
import { matchRegex, otherEnds, otherEndsMessage } from './photo-paths.ts'
import { matchPrefix } from './photo-place.ts'
import { flatten } from './section.ts'

export interface RestrictionContext {
  /** The part of the URL path before the name of a photo. */
  readonly base: string
  /** Whether the directives are those of a host or the main server, where photo-place.ts reads the aliases. */
  readonly isServer: boolean
  /** The endings of photos' names. Default: `.jpg`. */
  readonly ends?: readonly string[]
}

// Other files read these.
const readElsewhere =
  /^(?:require\w*|order|allow|deny|satisfy|rewrite(?:engine|cond|rule|base|map|options)|documentroot|virtualdocumentroot(?:ip)?|options)$/
// File endings that are not a part of any domain.
const ofPrograms =
  /^\.?(?:cgi|fcgi|php\d?|phtml|phps|pht|phar|shtml?|stm|aspx?|asa|jspx?|cfm|var|asis|x?html?|lua|wsgi|imap|map|send)$/i
const mapping = /^(?:proxypass|alias|scriptalias)(?:match)?$/

/** The restrictions of one context. */
export function readRestrictions(
  directives: readonly Directive[],
  reader: BlockReader,
  context: RestrictionContext,
): Access {
  return and(...directives.map(each => readOther(each, reader, context)))
}

/**
 * The limits that Apache takes from the first host of an address, before it knows the host of the request: those of
 * the request's size, and in IHS whether clients need a certificate
 * (https://www.ibm.com/docs/en/SSEQTJ_8.5.5/com.ibm.websphere.ihs.doc/ihs/rihs_ssldirs.html).
 * Any earlier host with the same port may be that first one.
 */
export function readLimits(
  config: readonly Directive[],
  host: Directive | undefined,
  reader: BlockReader,
): Access {
  const hosts = config.filter(({ key }) => key === 'virtualhost')
  const others = host === undefined ? hosts : hosts.slice(0, hosts.indexOf(host))
  const limits = others
    .filter(each => host === undefined || sharesPort(each, host))
    .flatMap(({ children = [] }) => flatten(children))
    .filter(each => ofConnection.test(each.key) && mayDecide(each))
  return and(
    ...limits.map(each => {
      const text = [each.name, ...each.words.map(word => word.text)].join(' ')
      return reader.refuse(
        each,
        `${text} is in another host and may apply to this one too, because Apache takes it from the first host of an address; so nobody is admitted`,
      )
    }),
  )
}

const ofConnection =
  /^(?:limitrequest(?:line|fields|fieldsize)|stricthostcheck|sslstrictsnivhostcheck|sslclientauth)$/

function sharesPort(a: Directive, b: Directive): boolean {
  const [ports, others] = [a, b].map(({ words }) =>
    words.map(({ text }) => /:(\d+|\*)$/.exec(text)?.[1] ?? '*'),
  ) as [string[], string[]]
  return ports.some(port => port === '*' || others.includes(port) || others.includes('*'))
}

/** The restrictions of the main server that its virtual hosts inherit. They do not inherit its rewrite rules. */
export function readInherited(
  directives: readonly Directive[],
  reader: BlockReader,
  context: RestrictionContext,
): Access {
  return readRestrictions(
    directives.filter(({ key }) => key !== 'allowoverride'),
    reader,
    context,
  )
}

function readOther(directive: Directive, reader: BlockReader, context: RestrictionContext): Access {
  const { key, name, words, children } = directive
  if (children !== undefined) return always
  const text = [name, ...words.map(each => each.text)].join(' ')
  const closed = (reason: string, advice = '') =>
    reader.refuse(directive, `${text} ${reason}, so nobody is admitted${advice}`)
  if (key.startsWith('redirect') && !key.endsWith('relative')) {
    if (matchRedirect(directive, context) !== 'never') return closed('may redirect photos')
    if (matchRedirect(directive, { ...context, ends: otherEnds }) === 'never') return always
    return reader.refuse(directive, otherEndsMessage(`${text} redirects other file types`))
  }
  if (mapping.test(key)) {
    return context.isServer ? always : closed('may take photos from another place')
  }
  if (key === 'rewriteoptions' && words.some(each => /^inherit/i.test(each.text))) {
    return closed('inherits rules, which are not carried over')
  }
  if (key === 'sslrequiressl') {
    reader.addLeftover(directive, 'turns away clients without TLS; this is not carried over')
    return always
  }
  if (/^allowoverride(?:list)?$/.test(key) && !/^none$/i.test(words[0]?.text ?? '')) {
    reader.addLeftover(
      directive,
      `${text} lets a .htaccess turn requests away; see whether there is one`,
    )
  }
  if (key === 'addhandler' && words.slice(1).some(word => !ofPrograms.test(word.text))) {
    reader.addLeftover(
      directive,
      `${text} applies to every part of a name between dots, so also to photos of people whose domain has such a part`,
    )
  }
  if (readElsewhere.test(key) || !mayDecide(directive)) return always
  return closed(...reasonAndAdvice(directive))
}

function reasonAndAdvice({ key, words }: Directive): [reason: string, advice?: string] {
  if (key === 'use') return ['names a macro that is not carried over']
  if (key === 'include' || key === 'includeoptional') {
    return [
      'names a file that could not be read and may turn requests away',
      `; copy the file there or, if it turns nobody away, add --ignore-missing ${words[0]?.text ?? ''}`,
    ]
  }
  if (key === 'authmerging') return ['combines the conditions of several directories']
  if (/^ssl/.test(key)) return ['sets a condition on TLS, which no rule can test']
  if (/^remoteip/.test(key)) {
    return [
      'takes the client from a header and not from the connection',
      '; name the fronts that send it in proxies',
    ]
  }
  return ['may decide who sees a photo and is not carried over']
}

/** `Redirect [status] path target`. In a section the path may be missing. */
function matchRedirect(
  { key, words }: Directive,
  { base, ends = ['.jpg'] }: RestrictionContext,
): PhotoMatch {
  const texts = words.map(({ text }) => text)
  const [first = ''] = texts
  const hasStatus = /^(?:\d{3}|permanent|temp|seeother|gone)$/i.test(first)
  const [path, target] = hasStatus ? texts.slice(1) : texts
  const needsTarget = !/^(?:[1245]\d\d|gone)$/i.test(hasStatus ? first : '302')
  // A single argument is the target for the whole section.
  if (path === undefined || (needsTarget && target === undefined)) return 'always'
  if (key === 'redirectmatch') return matchRegex(path, { start: base, ends })
  if (!path.startsWith('/')) return 'sometimes'
  return matchPrefix(path.replace(/\/{2,}/g, '/'), base, ends)
}
