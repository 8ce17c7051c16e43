// RewriteCond and RewriteRule of one context, as a question of access: who gets through to the files.
// https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html
import type { Access } from './access.ts'
import { always, and, not, or, unknown } from './access.ts'
import { buildAutomaton, isAlwaysFound, TooComplexError } from './automaton.ts'
import type { BlockReader } from './block-reader.ts'
import type { Argument, Directive } from './httpd-config.ts'
import { parseRegex, RegexError } from './regex.ts'
import { readConditions } from './rewrite-condition.ts'
import { hasOddFlags, readFlags } from './rewrite-flags.ts'
import type { Away } from './rewrite-outcome.ts'
import { lostTarget, readOutcome } from './rewrite-outcome.ts'

export interface RewriteResult {
  readonly access: Access
  /** Where the turned away are sent. */
  readonly away: readonly Away[]
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

// Those that change nothing about who is admitted.
const knownFlags = new Set(
  'r redirect f forbidden g gone l last end nc nocase ne noescape qsa qsappend qsd qsdiscard nosubreq ns e env co cookie t type pt passthrough dpi discardpath b bnp'.split(
    ' ',
  ),
)

function isLast(flags: ReadonlyMap<string, string>): boolean {
  return flags.has('l') || flags.has('last') || flags.has('end')
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
