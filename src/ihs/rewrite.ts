// RewriteCond and RewriteRule of one context, as a question of access: who gets through to the files.
// https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html
import type { Access } from './access.ts'
import { always, and, not, or, unknown } from './access.ts'
import type { BlockReader } from './block-reader.ts'
import type { Argument, Directive } from './httpd-config.ts'
import type { Concern, PathStart } from './photo-language.ts'
import { anyStart, judgeRegex } from './photo-language.ts'
import { readConditions } from './rewrite-condition.ts'
import { hasOddFlags, readFlags } from './rewrite-flags.ts'
import type { Away } from './rewrite-outcome.ts'
import { lostTarget, readOutcome } from './rewrite-outcome.ts'

export interface RewriteContext {
  /** What stands in front of a photo's name in the path that the rules see. */
  readonly start: PathStart
  /** Whether it is known that photos lie there and nowhere else. */
  readonly isBaseGiven: boolean
  /** RewriteEngine of the contexts around, as far as it holds here. */
  readonly engine: Directive | undefined
}

export interface RewriteResult {
  /** Who gets through, where `rest` is asked of those whom no [END] lets past it. */
  readonly accessBefore: (rest: Access) => Access
  /** Where the turned away are sent. */
  readonly away: readonly Away[]
}

interface Step {
  readonly conditions: readonly Directive[]
  readonly rule: Directive
}

export function readRewrite(
  directives: readonly Directive[],
  reader: BlockReader,
  context: RewriteContext,
): RewriteResult {
  reader.environment?.enter(directives)
  const steps: Step[] = []
  let conditions: Directive[] = []
  let { engine } = context
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
  if (first !== undefined && !isOn(engine)) {
    reader.leave(
      engine ?? first.rule,
      'RewriteEngine is not On here, so Apache ignores the rules and admits everybody; they are carried over as if it were',
    )
  }
  const away: Away[] = []
  const decides = steps.map(step => readStep(step, { reader, away, context }))
  return { accessBefore: rest => joinSteps(decides, rest), away }
}

export function isOn(engine: Directive | undefined): boolean {
  return engine?.words[0]?.text.toLowerCase() === 'on'
}

/** What a step makes of what comes after it; `rest`: of what is asked after the last rule. */
interface Decide {
  (after: Access, rest: Access): Access
  /** It lets some past `rest`. */
  readonly isEnd?: boolean
}

/** From the last to the first: what a rule does not decide is up to those after it. */
function joinSteps(decides: readonly Decide[], rest: Access): Access {
  if (!decides.some(({ isEnd }) => isEnd)) {
    return and(
      decides.reduceRight<Access>((after, decide) => decide(after, always), always),
      rest,
    )
  }
  return decides.reduceRight<Access>((after, decide) => decide(after, rest), rest)
}

interface StepContext {
  readonly reader: BlockReader
  readonly away: Away[]
  readonly context: RewriteContext
}

function readStep({ conditions, rule }: Step, { reader, away, context }: StepContext): Decide {
  const flags = readFlags(rule)
  const [pattern, target] = rule.words
  const refuse = (message: string): Decide => {
    reader.leave(rule, message)
    return after => and(unknown, after)
  }
  if (pattern === undefined) return refuse('has no pattern; Apache does not start with it')
  if (hasOddFlags(rule)) return refuse(`has ${rule.words[2]?.text}, which are no flags`)
  const isLost = target === undefined || (/^\[.*\]$/.test(target.text) && rule.words.length === 2)
  // A target with a scheme is a redirect, with or without [R].
  const turnsAway =
    isLost ||
    /^https?:\/\//i.test(target.text) ||
    ['r', 'redirect', 'f', 'forbidden', 'g', 'gone'].some(flag => flags.has(flag))
  const isPass = !turnsAway && target?.text === '-'
  const isChained = flags.has('c') || flags.has('chain')
  if (!isChained && judgePattern(pattern, flags, { start: context.start }) === 'never') {
    const mayBeElsewhere =
      !isPass &&
      !context.isBaseGiven &&
      judgePattern(pattern, flags, { start: anyStart }) !== 'never'
    if (mayBeElsewhere) {
      return refuse(
        `is for ${pattern.text} only; a rule that depends on the path is not carried over. If that is where photos lie, say so with --path; if they lie at the top, --path /`,
      )
    }
    reader.passOver(rule, `is for ${pattern.text} only, which is never a photo; it is left out`)
    return after => after
  }
  const odd = [...flags.keys()].filter(flag => !knownFlags.has(flag))
  if (odd.length > 0)
    return refuse(`has ${odd.join(', ')}, which decides in a way that no rule can say`)
  if (isPass && !isLast(flags)) return after => after
  // A photo of another type must not slip through a rule that lets pass.
  const ends = isPass ? ['.jpg', '.png', ''] : ['.jpg']
  if (judgePattern(pattern, flags, { start: context.start, ends }) !== 'always') {
    return refuse(
      `is for ${pattern.text} only; a rule that depends on the path is not carried over`,
    )
  }
  const holds = readConditions(conditions, reader)
  if (isPass) return passStep(holds, flags.has('end'))
  if (turnsAway) {
    const outcome = isLost ? lostTarget(rule, reader) : readOutcome(rule, flags, reader)
    away.push({ place: rule, outcome })
  } else {
    // Those for whom it holds are shown something that is not the photo, or is it under other sections.
    reader.leave(
      rule,
      `takes another file for the one asked for (${target?.text}); photogate serves addresses as they are, and admits nobody for whom it holds`,
    )
  }
  return after => and(not(holds), after)
}

function passStep(holds: Access, isEnd: boolean): Decide {
  if (isEnd) return Object.assign((after: Access) => or(holds, after), { isEnd })
  // Past the rules that follow, and not past what is asked after them.
  return (after, rest) =>
    rest === always ? or(holds, after) : or(and(holds, rest), and(not(holds), after))
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

/** For which photos the rule is. `!`: those in which the expression is not found. */
function judgePattern(
  { text }: Argument,
  flags: ReadonlyMap<string, string>,
  options: { readonly start: PathStart; readonly ends?: readonly string[] },
): Concern {
  const isNegated = text.startsWith('!')
  const ignoresCase = flags.has('nc') || flags.has('nocase')
  const concern = judgeRegex(isNegated ? text.slice(1) : text, { ...options, ignoresCase })
  if (!isNegated || concern === 'sometimes') return concern
  return concern === 'always' ? 'never' : 'always'
}
