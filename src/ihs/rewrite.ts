// RewriteCond and RewriteRule of one context, as a question of access: who gets through to the files.
// https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html
import { complaintAbout } from '../config/formats.ts'
import type { Access } from './access.ts'
import { always, and, not, or, unknown } from './access.ts'
import { buildAutomaton, isAlwaysFound, isFoundIn, TooComplexError } from './automaton.ts'
import type { BlockReader } from './block-reader.ts'
import { readExpression } from './expression.ts'
import type { Argument, Directive, Place } from './httpd-config.ts'
import { parseRegex, RegexError } from './regex.ts'

export interface RewriteResult {
  readonly access: Access
  /** Where the turned away are sent. */
  readonly away: readonly Away[]
}

export interface Away {
  readonly place: Place
  readonly outcome: { readonly redirect: string } | { readonly status: 403 | 404 } | undefined
}

interface Step {
  readonly conditions: readonly Directive[]
  readonly rule: Directive
}

/** `isOn`: RewriteEngine. */
export function readRewrite(directives: readonly Directive[], reader: BlockReader): RewriteResult {
  const steps: Step[] = []
  let conditions: Directive[] = []
  let engine: Directive | undefined
  for (const each of directives) {
    if (each.key === 'rewriteengine') engine = each
    else if (each.key === 'rewritecond') conditions.push(each)
    else if (each.key === 'rewriterule') {
      steps.push({ conditions, rule: each })
      conditions = []
    } else if (/^rewrite(?:map|options|base)$/.test(each.key)) {
      reader.leave(each, `${each.name} is not carried over`)
    }
  }
  for (const each of conditions) {
    reader.leave(each, 'is followed by no RewriteRule, so Apache ignores it; it is left out')
  }
  const [first] = steps
  if (first !== undefined && engine?.words[0]?.text.toLowerCase() !== 'on') {
    reader.leave(
      engine ?? first.rule,
      'RewriteEngine is not On here, so Apache ignores the rules and admits everybody; they are carried over as if it were',
    )
  }
  const away: Away[] = []
  // From the last to the first: what a rule does not decide is up to those after it.
  const access = steps
    .map(step => readStep(step, reader, away))
    .reduceRight<Access>((after, decide) => decide(after), always)
  return { access, away }
}

/** What a step makes of what comes after it. */
type Decide = (after: Access) => Access

function readStep({ conditions, rule }: Step, reader: BlockReader, away: Away[]): Decide {
  const flags = readFlags(rule)
  const [pattern, target] = rule.words
  const refuse = (message: string): Decide => {
    reader.leave(rule, message)
    return after => and(unknown, after)
  }
  if (pattern === undefined) return refuse('has no pattern; Apache does not start with it')
  const odd = [...flags.keys()].filter(flag => !knownFlags.has(flag))
  if (hasOddFlags(rule)) return refuse(`has ${rule.words[2]?.text}, which are no flags`)
  if (odd.length > 0)
    return refuse(`has ${odd.join(', ')}, which decides in a way that no rule can say`)
  const isLost = target === undefined || (/^\[.*\]$/.test(target.text) && rule.words.length === 2)
  const turnsAway =
    isLost || ['r', 'redirect', 'f', 'forbidden', 'g', 'gone'].some(flag => flags.has(flag))
  if (!turnsAway && target?.text === '-' && !isLast(flags)) return after => after
  const ignoresCase = flags.has('nc') || flags.has('nocase')
  // A photo of another type must not slip through a rule that lets pass.
  const isPass = !turnsAway && target?.text === '-'
  if (!matchesEverything(pattern, ignoresCase, isPass ? anyEnd : ['.jpg'])) {
    return refuse(
      `is for ${pattern.text} only; a rule that depends on the path is not carried over`,
    )
  }
  const holds = readConditions(conditions, reader)
  if (turnsAway) {
    away.push({
      place: rule,
      outcome: isLost ? lostTarget(rule, reader) : readOutcome(rule, flags, reader),
    })
    return after => and(not(holds), after)
  }
  if (isPass) return after => or(holds, after)
  reader.leave(
    rule,
    `takes another file for the one asked for (${target?.text}); photogate serves addresses as they are`,
  )
  // The same for everybody, by the name that was asked for: no question of access. Else those for whom it holds
  // were shown something that is not the photo.
  const isMapping = conditions.length === 0 && /\$[0-9]/.test(target?.text ?? '')
  return isMapping ? after => after : after => and(not(holds), after)
}

const anyEnd = Array.from({ length: 94 }, (_, at) => String.fromCharCode(33 + at))

/** Such as `[NC, OR]`: Apache does not start with them. */
function hasOddFlags({ words }: Directive): boolean {
  return words[2] !== undefined && !/^\[.*\]$/.test(words[2].text)
}

// Those that change nothing about who is admitted.
const knownFlags = new Set(
  'r redirect f forbidden g gone l last end nc nocase ne noescape qsa qsappend qsd qsdiscard nosubreq ns e env co cookie t type pt passthrough dpi discardpath b bnp'.split(
    ' ',
  ),
)

function isLast(flags: ReadonlyMap<string, string>): boolean {
  return flags.has('l') || flags.has('last') || flags.has('end')
}

function lostTarget(rule: Directive, reader: BlockReader): undefined {
  reader.leave(
    rule,
    `has lost its target: Apache takes ${rule.words[1]?.text ?? 'nothing'} for a path and answers 400; write the page for those who are turned away as otherwise.redirect`,
  )
  return undefined
}

function readOutcome(
  rule: Directive,
  flags: ReadonlyMap<string, string>,
  reader: BlockReader,
): Away['outcome'] {
  if (flags.has('f') || flags.has('forbidden')) return { status: 403 }
  const code = flags.get('r') ?? flags.get('redirect') ?? ''
  if (flags.has('g') || flags.has('gone') || code === '410') {
    reader.leave(rule, 'answers 410 Gone; photogate answers 404 in its place')
    return { status: 404 }
  }
  if (code === '403' || code === '404') return { status: Number(code) as 403 | 404 }
  const written = rule.words[1]?.text ?? ''
  // A backslash takes the meaning of what follows it.
  const target = written.replace(/\\(.)/g, '$1')
  const isFixed = !/[$%][0-9{]/.test(written.replace(/\\./g, ''))
  if (!isFixed || !/^(?:https?:\/\/|\/)/i.test(target)) {
    reader.leave(
      rule,
      `redirects to ${written}, which depends on the request or on the server; write a fixed page as otherwise.redirect`,
    )
    return undefined
  }
  const complaint = complaintAbout('redirect', target)
  if (complaint !== undefined) {
    reader.leave(rule, `redirects to ${target}, which ${complaint}`)
    return undefined
  }
  if (/^(?:301|308|permanent)$/i.test(code)) {
    reader.leave(
      rule,
      'redirects permanently, which browsers keep even when somebody has signed in since; photogate redirects with 302',
    )
  }
  return { redirect: target }
}

/** `[R=302,NC]`, by name in lower case. */
function readFlags({ words }: Directive): Map<string, string> {
  const last =
    words.length > 2 ? words[2] : /^\[.*\]$/.test(words[1]?.text ?? '') ? words[1] : undefined
  const list = /^\[(.*)\]$/.exec(last?.text ?? '')?.[1] ?? ''
  const pairs = list.split(',').map(flag => flag.trim().split('=', 2))
  return new Map(
    pairs
      .filter(([name]) => name !== '')
      .map(([name = '', value = '']) => [name.toLowerCase(), value]),
  )
}

/** Whether the pattern is found in the path of every photo, in a virtual host and in a directory. */
function matchesEverything(
  { text }: Argument,
  ignoresCase: boolean,
  ends: readonly string[],
): boolean {
  // `!` and such: not worth more than to be listed.
  if (text.startsWith('!')) return false
  try {
    const automaton = buildAutomaton(parseRegex(text, { ignoresCase }))
    return ['', '/'].every(start => ends.every(end => isAlwaysFound(automaton, start, { end })))
  } catch (error) {
    if (error instanceof RegexError || error instanceof TooComplexError) return false
    throw error
  }
}

/** mod_rewrite's conditions: all must hold, and of those that [OR] joins, one. */
function readConditions(conditions: readonly Directive[], reader: BlockReader): Access {
  const groups: Access[][] = [[]]
  for (const each of conditions) {
    // In two words there are none: the second is the pattern, whatever it looks like.
    const flags = each.words.length < 3 ? new Map<string, string>() : readFlags(each)
    ;(groups.at(-1) as Access[]).push(readCondition(each, flags, reader))
    if (!flags.has('or') && !flags.has('ornext')) groups.push([])
  }
  const [last] = conditions.slice(-1)
  if (last !== undefined && groups.at(-1)?.length !== 0) {
    // It fails, Apache looks for the next that could hold, finds none to fail, and the rule is carried out.
    reader.leave(last, 'ends with [OR], so Apache takes the conditions it joins for fulfilled')
    groups.at(-1)?.push(always)
  }
  return and(...groups.filter(group => group.length > 0).map(group => or(...group)))
}

function readCondition(
  condition: Directive,
  flags: ReadonlyMap<string, string>,
  reader: BlockReader,
): Access {
  const [subject, asked] = condition.words
  if (subject === undefined || asked === undefined) {
    return reader.refuse(condition, 'is not complete; Apache does not start with it')
  }
  const odd = [...flags.keys()].filter(flag => !/^(?:nc|nocase|or|ornext|nv|novary)$/.test(flag))
  if (hasOddFlags(condition) || odd.length > 0) {
    return reader.refuse(condition, `has ${condition.words[2]?.text}, which are no flags`)
  }
  if (subject.text.toLowerCase() === 'expr')
    return readExpression(asked, condition.comments, reader)
  const isNegated = asked.text.startsWith('!')
  const pattern = isNegated
    ? { ...asked, text: asked.text.slice(1), column: asked.column + 1 }
    : asked
  const access = readPattern(subject, pattern, {
    reader,
    comments: condition.comments,
    ignoresCase: flags.has('nc') || flags.has('nocase'),
  })
  return isNegated ? not(access) : access
}

interface PatternOptions {
  readonly reader: BlockReader
  readonly comments: readonly string[]
  readonly ignoresCase: boolean
}

const addressHeader =
  /^%\{HTTP:(?:X-Forwarded-For|X-Real-IP|X-Client-IP|Forwarded|True-Client-IP)\}$/i

function readPattern(subject: Argument, pattern: Argument, options: PatternOptions): Access {
  const { reader, comments, ignoresCase } = options
  const name = subject.text
  const isCookie = /^%\{(?:HTTP_COOKIE|HTTP:Cookie)\}$/i.test(name)
  const isPeer = /^%\{(?:REMOTE_ADDR|CONN_REMOTE_ADDR)\}$/i.test(name)
  const isHeader = addressHeader.test(name)
  if (!isCookie && !isPeer && !isHeader) {
    return reader.refuse(subject, `asks for ${name}, which no rule can ask for`)
  }
  if (/^(?:[<>]=?|-(?:[dfFhHlLsUux]|eq|ge|gt|le|lt|ne)$)/.test(pattern.text)) {
    return reader.refuse(pattern, `asks for ${pattern.text}, which no rule can ask for`)
  }
  const isEqual = pattern.text.startsWith('=')
  if (isCookie) {
    return isEqual
      ? reader.refuse(
          pattern,
          `asks for the whole Cookie header to be ${pattern.text.slice(1)}, which no rule can`,
        )
      : reader.cookieRegex(pattern, comments, ignoresCase)
  }
  // Who sends no such header has an empty text.
  if (isHeader && !isEqual && matchesNothing(pattern.text)) {
    return reader.refuse(pattern, `${pattern.text} matches who sends no such header, too`)
  }
  if (isEqual && !/^=[\d.]+$/.test(pattern.text)) {
    return reader.refuse(pattern, `asks for ${pattern.text}, which no rule can ask for`)
  }
  const regex = isEqual
    ? { ...pattern, text: `^${pattern.text.slice(1).replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$` }
    : pattern
  return reader.addressRegex(regex, comments, isHeader ? 'header' : 'peer')
}

function matchesNothing(text: string): boolean {
  try {
    return isFoundIn(buildAutomaton(parseRegex(text)), '')
  } catch {
    // Refused elsewhere, and with more to say.
    return false
  }
}
