// What else decides in Apache, besides rewriting and authorization. No rule can say it: it is listed, and nobody is
// admitted past it. What is not known here decides, too.
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
  /** What stands in front of a photo's name in its URL. */
  readonly base: string
  /** The whole host or main server, where an alias is no matter of one section. */
  readonly isServer: boolean
  /** What the names of photos end with; `.jpg`. */
  readonly ends?: readonly string[]
}

// Read elsewhere, each in its own way.
const readElsewhere =
  /^(?:require\w*|order|allow|deny|satisfy|rewrite(?:engine|cond|rule|base|map|options)|documentroot|virtualdocumentroot(?:ip)?|options)$/
// Endings that no part of a domain has.
const ofPrograms =
  /^\.?(?:cgi|fcgi|php\d?|phtml|phps|pht|phar|shtml?|stm|aspx?|asa|jspx?|cfm|var|asis|x?html?|lua|wsgi|imap|map|send)$/i
const mapping = /^(?:proxypass|alias|scriptalias)(?:match)?$/

/** Of one context. */
export function readRestrictions(
  directives: readonly Directive[],
  reader: BlockReader,
  context: RestrictionContext,
): Access {
  return and(...directives.map(each => readOther(each, reader, context)))
}

/**
 * What Apache takes from the first host of an address, before it knows which is asked for: the limits of a request,
 * and in IHS whether clients need a certificate
 * (https://www.ibm.com/docs/en/SSEQTJ_8.5.5/com.ibm.websphere.ihs.doc/ihs/rihs_ssldirs.html).
 * Those before it with the same port may be the first.
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
        `${text} stands in another host and may hold for this one, too: Apache takes it from the first host of an address; so nobody is admitted`,
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

/** Of the main server, as far as its virtual hosts inherit it: not its rewrite rules, but what it says of them. */
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
  const closed = (reason: string) =>
    reader.refuse(directive, `${text} ${reason}, so nobody is admitted`)
  if (key.startsWith('redirect') && !key.endsWith('relative')) {
    if (matchRedirect(directive, context) !== 'never') return closed('may send photos elsewhere')
    if (matchRedirect(directive, { ...context, ends: otherEnds }) === 'never') return always
    return reader.refuse(directive, otherEndsMessage(`${text} sends paths elsewhere`))
  }
  if (mapping.test(key)) {
    return context.isServer ? always : closed('may take photos from elsewhere')
  }
  if (key === 'rewriteoptions' && words.some(each => /^inherit/i.test(each.text))) {
    return closed('has rules from elsewhere, which are not carried over')
  }
  if (key === 'sslrequiressl') {
    reader.addLeftover(directive, 'turns away who comes without TLS; not carried over')
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
      `${text} holds for every part of a name between dots, so for photos of addresses that have it in their domain, too`,
    )
  }
  if (readElsewhere.test(key) || !mayDecide(directive)) return always
  return closed(reasonOf(directive))
}

function reasonOf({ key, words }: Directive): string {
  if (key === 'use') return 'stands for a macro that is not carried over'
  if (key === 'include' || key === 'includeoptional') {
    return `names a file that could not be read; it may turn requests away. Copy it to where it is looked for, or, if it decides nothing, add --ignore-missing ${words[0]?.text ?? ''}`
  }
  if (key === 'authmerging') return 'joins what several directories ask for'
  if (/^ssl/.test(key)) return 'asks for more than a rule can'
  if (/^remoteip/.test(key)) {
    return 'takes the client from elsewhere than the connection. Name those fronts in proxies'
  }
  return 'may decide who sees a photo, and is not carried over'
}

/** `Redirect [status] path target`; in a section, the path may be missing. */
function matchRedirect(
  { key, words }: Directive,
  { base, ends = ['.jpg'] }: RestrictionContext,
): PhotoMatch {
  const texts = words.map(({ text }) => text)
  const [first = ''] = texts
  const hasStatus = /^(?:\d{3}|permanent|temp|seeother|gone)$/i.test(first)
  const [path, target] = hasStatus ? texts.slice(1) : texts
  const needsTarget = !/^(?:[1245]\d\d|gone)$/i.test(hasStatus ? first : '302')
  // One argument is a target for all of the section.
  if (path === undefined || (needsTarget && target === undefined)) return 'always'
  if (key === 'redirectmatch') return matchRegex(path, { start: base, ends })
  if (!path.startsWith('/')) return 'sometimes'
  return matchPrefix(path.replace(/\/{2,}/g, '/'), base, ends)
}
