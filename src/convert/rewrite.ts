// Reads RewriteCond and RewriteRule of one context as an access expression: which requests reach the files.
// https://httpd.apache.org/docs/2.4/mod/mod_rewrite.html
import type { Access } from './access-expression.ts'
import { and, not, unknown } from './access-expression.ts'
import type { BlockReader } from './block-reader.ts'
import type { Argument, Directive } from './httpd/directive.ts'
import type { PathStart, PhotoMatch } from './photo-paths.ts'
import { anyStart, matchRegex, otherEnds, otherEndsMessage } from './photo-paths.ts'
import { readConditions } from './rewrite-condition.ts'
import { hasOddFlags, readFlags } from './rewrite-flags.ts'
import type { TurnAway } from './rewrite-outcome.ts'
import { readOutcome, reportLostTarget } from './rewrite-outcome.ts'
import type { DecidingStep } from './rewrite-steps.ts'
import { joinSteps, jumpStep, lastStep } from './rewrite-steps.ts'

export interface RewriteContext {
  /** The part before a photo's name in the path that the rules see. */
  readonly start: PathStart
  /** Whether the administrator named the URL path of the photos. */
  readonly isBaseGiven: boolean
  /** The RewriteEngine that the context inherits. */
  readonly engine: Directive | undefined
}

export interface RewriteResult {
  /** The requests that get through. `rest`: the checks after the rules, which [END] skips. */
  readonly accessBefore: (rest: Access) => Access
  /** How the rules turn away. */
  readonly turnAways: readonly TurnAway[]
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
    } else if (/^rewrite(?:map|options|base)$/.test(each.key)) passOverSetting(each, reader)
  }
  for (const each of conditions) {
    reader.addLeftover(
      each,
      'is not followed by a RewriteRule, so Apache ignores it; it is left out',
    )
  }
  const [first] = steps
  if (first !== undefined && !isOn(engine)) {
    reader.addLeftover(
      engine ?? first.rule,
      'RewriteEngine is not On here, so Apache ignores the rules and admits everybody; the rules are carried over as if it were On',
    )
  }
  const turnAways: TurnAway[] = []
  const jumps = steps.map(({ rule }) => readFlags(rule)).filter(jumping)
  const isTangled = jumps.length > maxJumps
  const decides = steps.map(step => readStep(step, { reader, turnAways, context, isTangled }))
  return { accessBefore: rest => joinSteps(decides, rest), turnAways }
}

// Each rule that skips others doubles the work.
const maxJumps = 8
const jumping = (flags: ReadonlyMap<string, string>) =>
  ['s', 'skip', 'c', 'chain'].some(flag => flags.has(flag))

/** RewriteMap, RewriteBase and RewriteOptions decide nothing by themselves. */
function passOverSetting(each: Directive, reader: BlockReader): void {
  if (each.words.some(({ text }) => /^inherit/i.test(text))) return
  reader.addPassedOver(each, `${each.name} turns nobody away by itself; it is left out`)
}

export function isOn(engine: Directive | undefined): boolean {
  return engine?.words[0]?.text.toLowerCase() === 'on'
}

interface StepContext {
  readonly reader: BlockReader
  readonly turnAways: TurnAway[]
  readonly context: RewriteContext
  /** Whether there are too many rules that skip others. */
  readonly isTangled: boolean
}

function readStep({ conditions, rule }: Step, all: StepContext): DecidingStep {
  const { reader, turnAways, context, isTangled } = all
  const flags = readFlags(rule)
  const [pattern, target] = rule.words
  const isChained = flags.has('c') || flags.has('chain')
  const refuse = (message: string): DecidingStep => {
    reader.addLeftover(rule, message)
    return { isChained, restricts: true, decide: ({ after }) => and(unknown, after) }
  }
  const skipped = flags.get('s') ?? flags.get('skip')
  if (isTangled && jumping(flags))
    return refuse(
      `is one of more than ${maxJumps} rules that skip others; these are not carried over`,
    )
  if (skipped !== undefined && !/^\d{1,4}$/.test(skipped))
    return refuse(`skips ${skipped} rules, which is not a number`)
  if (pattern === undefined) return refuse('has no pattern; Apache does not start with it')
  if (hasOddFlags(rule))
    return refuse(`has ${rule.words[2]?.text}, which are not flags of RewriteRule`)
  const isLost = target === undefined || (/^\[.*\]$/.test(target.text) && rule.words.length === 2)
  // A target with a scheme is a redirect even without [R].
  const turnsAway =
    isLost ||
    /^https?:\/\//i.test(target.text) ||
    ['r', 'redirect', 'f', 'forbidden', 'g', 'gone'].some(flag => flags.has(flag))
  const isPass = !turnsAway && target?.text === '-'
  if (matchPattern(pattern, flags, { start: context.start }) === 'never') {
    const isHarmless = isPass && !isChained
    const mayBeElsewhere =
      !isHarmless &&
      !context.isBaseGiven &&
      matchPattern(pattern, flags, { start: anyStart }) !== 'never'
    const { start } = context
    if (!isHarmless && matchPattern(pattern, flags, { start, ends: otherEnds }) !== 'never') {
      return refuse(otherEndsMessage(`applies to ${pattern.text} only`))
    }
    if (mayBeElsewhere) {
      return refuse(
        `applies to ${pattern.text} only; a rule that depends on the path is not carried over. If the photos are there, name their URL path with --path; if they are at the top, use --path /`,
      )
    }
    reader.addPassedOver(
      rule,
      `applies to ${pattern.text} only, which is never a photo; it is left out`,
    )
    return { isChained, restricts: true, decide: ({ unmatched }) => unmatched }
  }
  const odd = [...flags.keys()].filter(flag => !knownFlags.has(flag))
  if (odd.length > 0)
    return refuse(`has the flag ${odd.join(', ')}, whose effect no rule can express`)
  if (isPass && !isLast(flags) && !jumping(flags)) {
    return { isChained, restricts: true, decide: ({ after }) => after }
  }
  // A rule that lets requests pass must also apply to photos of other file types.
  const ends = isPass ? ['.jpg', ...otherEnds, ''] : ['.jpg']
  if (matchPattern(pattern, flags, { start: context.start, ends }) !== 'always') {
    return refuse(
      `applies to ${pattern.text} only; a rule that depends on the path is not carried over`,
    )
  }
  const holds = readConditions(conditions, reader)
  if (isPass && isLast(flags)) return lastStep(holds, { isChained, isEnd: flags.has('end') })
  if (isPass) return jumpStep(holds, { isChained, count: Number(skipped ?? 0) })
  if (turnsAway) {
    const outcome = isLost ? reportLostTarget(rule, reader) : readOutcome(rule, flags, reader)
    turnAways.push({ place: rule, outcome })
  } else {
    // Clients for which it holds see another file than the photo, or the photo under other sections.
    reader.addLeftover(
      rule,
      `serves another file (${target?.text}) than the one asked for; photogate cannot do that, so the clients that it applies to are turned away`,
    )
  }
  return { isChained, restricts: true, decide: ({ unmatched }) => and(not(holds), unmatched) }
}

// Flags that are read above, or that do not change who is admitted.
const knownFlags = new Set(
  'r redirect f forbidden g gone l last end nc nocase ne noescape qsa qsappend qsd qsdiscard nosubreq ns e env co cookie t type pt passthrough dpi discardpath b bnp s skip c chain'.split(
    ' ',
  ),
)

function isLast(flags: ReadonlyMap<string, string>): boolean {
  return flags.has('l') || flags.has('last') || flags.has('end')
}

/** Whether the rule's pattern matches photos. `!` negates it. */
function matchPattern(
  { text }: Argument,
  flags: ReadonlyMap<string, string>,
  options: { readonly start: PathStart; readonly ends?: readonly string[] },
): PhotoMatch {
  const isNegated = text.startsWith('!')
  const ignoresCase = flags.has('nc') || flags.has('nocase')
  const match = matchRegex(isNegated ? text.slice(1) : text, { ...options, ignoresCase })
  if (!isNegated || match === 'sometimes') return match
  return match === 'always' ? 'never' : 'always'
}
