// Which sections of httpd.conf hold for the photos: for all of them, for none, or for some or at times. What is
// not certain is never taken for none: a restriction that is overlooked is an open door.
import { buildAutomaton, isEverFound, TooComplexError } from './automaton.ts'
import type { Directive } from './httpd-config.ts'
import { parseRegex, RegexError } from './regex.ts'

/** `sometimes`: for some photos, or under a condition that is not known here. */
export type Concern = 'always' | 'sometimes' | 'never'

const conditional = new Set(['ifmodule', 'ifversion', 'ifdefine', 'iffile'])
// Those that every Apache 2.4 and IHS 9 comes with, and that a list of rules may ask for.
const usualModule =
  /^(?:mod_)?(?:access_compat|alias|auth_basic|authn_core|authz_core|authz_host|authz_user|dir|env|headers|ibm_ssl|log_config|mime|rewrite|setenvif|so|ssl|version)(?:\.c|_module)?$/i

const turning =
  /^(?:rewritecond|rewriterule|rewriteoptions|require\w*|order|allow|deny|satisfy|redirect\w*|use|include|sslrequire|sslclientauth\w*|sslverifyclient)$/

/** Whether anything in it, however deep, could turn a request away. Other virtual hosts do not count. */
export function mayTurnAway({ key, children }: Directive): boolean {
  if (children === undefined || key.startsWith('require')) return turning.test(key)
  return key !== 'virtualhost' && children.some(mayTurnAway)
}

/**
 * The directives without the sections that only say when they hold. Where that is not known and something
 * could be turned away, the section stays as it is.
 */
export function flatten(directives: readonly Directive[]): Directive[] {
  return directives.flatMap(each => {
    if (!conditional.has(each.key)) return [each]
    const holds = isInForce(each)
    if (holds === false) return []
    const inside = flatten(each.children ?? [])
    const hosts = inside.filter(({ key }) => key === 'virtualhost')
    const others = inside.filter(({ key }) => key !== 'virtualhost')
    if (holds || !others.some(mayTurnAway)) return inside
    return [{ ...each, children: others }, ...hosts]
  })
}

/** Undefined: not known. */
function isInForce({ key, words }: Directive): boolean | undefined {
  const asked = words.map(({ text }) => text).join(' ')
  const isNegated = asked.startsWith('!')
  const plain = asked.replace(/^!\s*/, '')
  if (key === 'ifmodule') return usualModule.test(plain) ? !isNegated : undefined
  // Of 2.4 it is known that it is 2.4, and not which one.
  const version = /^(<=|>=|<|>)\s*([0-9])(?:\.(\d+))?(?:\.0)?$/.exec(plain)
  if (key !== 'ifversion' || version === null) return undefined
  const [, operator = '', major, minor = '0'] = version
  const other = Number(major) * 100 + Number(minor)
  if (other === 204 && (operator === '>' || operator === '<=')) return undefined
  return (operator.startsWith('>') ? other <= 204 : other > 204) !== isNegated
}

export function concernOf(section: Directive, documentRoot: string | undefined): Concern {
  const { key, words } = section
  const [first, second] = words.map(({ text }) => text)
  const isRegex = key.endsWith('match') || first === '~'
  const text = (first === '~' ? second : first) ?? ''
  switch (key) {
    case 'directory':
      return isRegex ? 'sometimes' : concernOfDirectory(text, documentRoot)
    case 'location':
      if (text === '/' && !isRegex) return 'always'
      return isRegex ? concernOfRegex(text, '/') : concernOfText(text)
    case 'locationmatch':
      return concernOfRegex(text, '/')
    case 'files':
      return isRegex ? concernOfRegex(text, '') : concernOfText(text)
    case 'filesmatch':
      return concernOfRegex(text, '')
    case 'limit':
      return hasGet(section) ? 'sometimes' : 'never'
    case 'limitexcept':
      return hasGet(section) ? 'never' : 'sometimes'
    // Read where it is used, and there it is refused.
    case 'macro':
    case 'proxy':
    case 'proxymatch':
    case 'virtualhost':
      return 'never'
    default:
      return conditional.has(key) && isForOthers(section, documentRoot) ? 'never' : 'sometimes'
  }
}

/** Whenever it may hold: all that it says of access is about something else. */
function isForOthers({ children = [] }: Directive, documentRoot: string | undefined): boolean {
  return children
    .filter(mayTurnAway)
    .every(each => each.children !== undefined && concernOf(each, documentRoot) === 'never')
}

function hasGet({ words }: Directive): boolean {
  return words.some(({ text }) => /^(?:get|head)$/i.test(text))
}

// Photos lie in the directory itself: what is below it, or beside it, holds none.
function concernOfDirectory(path: string, documentRoot: string | undefined): Concern {
  const [root, directory] = [plainPath(documentRoot ?? ''), plainPath(path)]
  const isKnown = [root, directory].every(
    each => /^(?:\/|[a-z]:)/.test(each) && !/\$\{|\/\.\.?(?:\/|$)/.test(each),
  )
  if (!isKnown || /[*?[]/.test(directory)) return 'sometimes'
  const isAround = root === directory || root.startsWith(directory.replace(/\/?$/, '/'))
  return isAround ? 'always' : 'never'
}

// The name of a photo has an @; a plain text without one names something else.
function concernOfText(text: string): Concern {
  const isPattern = /[*?[@%]|\$\{/.test(text)
  return !isPattern || text.startsWith('.') ? 'never' : 'sometimes'
}

function concernOfRegex(text: string, start: '' | '/'): Concern {
  try {
    const automaton = buildAutomaton(parseRegex(text))
    return isEverFound(automaton, `${start}a`) || text.includes('${') ? 'sometimes' : 'never'
  } catch (error) {
    if (error instanceof RegexError || error instanceof TooComplexError) return 'sometimes'
    throw error
  }
}

// Windows: neither case nor the way the slash leans makes a difference.
function plainPath(path: string): string {
  const plain = path
    .replaceAll('\\', '/')
    .replace(/\/{2,}/g, '/')
    .replace(/(.)\/+$/, '$1')
  return /^[A-Za-z]:/.test(plain) ? plain.toLowerCase() : plain
}
