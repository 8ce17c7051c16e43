// What else turns requests away in Apache, besides rewriting and authorization. No rule can say it: it is listed,
// and nobody is admitted past it.
import type { Access } from './access.ts'
import { always, and } from './access.ts'
import type { BlockReader } from './block-reader.ts'
import type { Directive } from './httpd-config.ts'

/** Of one context. */
export function readOthers(directives: readonly Directive[], reader: BlockReader): Access {
  return and(...directives.map(each => readOther(each, reader)))
}

/** Of the main server, as far as its virtual hosts inherit it. */
export function readInherited(directives: readonly Directive[], reader: BlockReader): Access {
  const inherited = directives.filter(
    ({ key, words }) =>
      key.startsWith('redirect') ||
      (key === 'rewriteoptions' && words.some(({ text }) => /^inheritdown/i.test(text))),
  )
  return readOthers(inherited, reader)
}

function readOther(directive: Directive, reader: BlockReader): Access {
  const { key, name, words, children } = directive
  if (children !== undefined) return always
  const text = [name, ...words.map(each => each.text)].join(' ')
  const closed = (reason: string) =>
    reader.refuse(directive, `${text} ${reason}, so nobody is admitted`)
  if (key.startsWith('redirect')) {
    return concernsPhotos(directive) ? closed('may send photos elsewhere') : always
  }
  if (/^(?:proxypass|alias|scriptalias)(?:match)?$/.test(key)) {
    return concernsPhotos(directive) ? closed('may take photos from elsewhere') : always
  }
  if (key === 'use') return closed('stands for a macro, which is not carried over')
  if (key === 'include' || key === 'includeoptional') {
    return closed('names a file that could not be read; it may turn requests away')
  }
  if (key === 'authmerging' && words[0]?.text.toLowerCase() !== 'off') {
    return closed('joins what several directories ask for')
  }
  if (key === 'rewriteoptions' && words.some(each => /^inherit/i.test(each.text))) {
    return closed('has rules from elsewhere, which are not carried over')
  }
  if (
    key === 'sslrequire' ||
    (/^(?:sslverifyclient|sslclientauth\w*)$/.test(key) &&
      !/^(?:none|0|off)$/i.test(words[0]?.text ?? ''))
  ) {
    return closed('asks for more than a rule can')
  }
  if (key === 'sslrequiressl')
    reader.leave(directive, 'turns away who comes without TLS; not carried over')
  if (key === 'allowoverride' && !/^none$/i.test(words[0]?.text ?? '')) {
    reader.leave(directive, `${text} lets a .htaccess turn requests away; see whether there is one`)
  }
  return always
}

/** `Redirect [status] path target` and the like: for all that begins so. */
function concernsPhotos({ key, words }: Directive): boolean {
  if (key.endsWith('match')) return true
  const path = words.map(({ text }) => text).find(text => text.startsWith('/'))
  return path === undefined || path === '/' || path.includes('@') || path.includes('${')
}
