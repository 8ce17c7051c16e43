// How the rules of one context follow each other: from the last to the first, for what a rule does not decide is up
// to those after it. Knows [L], [END], [S] and [C]; nothing of patterns and conditions.
// https://httpd.apache.org/docs/2.4/rewrite/flags.html
import type { Access } from './access-expression.ts'
import { always, and, not, or } from './access-expression.ts'

/** Where a request may go on. */
export interface Next {
  /** With the next rule. */
  readonly after: Access
  /** With the next rule, or behind the chain that this one is a link of: it did not match. */
  readonly unmatched: Access
  /** Past so many more. */
  readonly past: (count: number) => { readonly access: Access; readonly restricts: boolean }
  /** What is asked after the last rule, where some get past it. */
  readonly rest: Access
}

export interface DecidingStep {
  readonly decide: (next: Next) => Access
  readonly isChained: boolean
  /** It admits nobody whom the rules after it turn away. */
  readonly restricts: boolean
  /** It lets some past what is asked after the last rule. */
  readonly isEnd?: boolean
}

export function joinSteps(steps: readonly DecidingStep[], rest: Access): Access {
  const isEnded = steps.some(({ isEnd }) => isEnd)
  const [end, asked] = isEnded ? [rest, rest] : [always, always]
  const from: Access[] = []
  const at = (index: number) => (index < steps.length ? (from[index] as Access) : end)
  for (let index = steps.length - 1; index >= 0; index--) {
    const step = steps[index] as DecidingStep
    let link = index
    while (steps[link]?.isChained) link++
    from[index] = step.decide({
      after: at(index + 1),
      unmatched: at(link + 1),
      past: count => ({
        access: at(index + 1 + count),
        // A link of a chain that does not match may leave out more than is skipped.
        restricts: steps
          .slice(index + 1, index + 1 + count)
          .every(({ restricts, isChained }) => restricts && !isChained),
      }),
      rest: asked,
    })
  }
  return isEnded ? at(0) : and(at(0), rest)
}

interface StepOptions {
  readonly isChained: boolean
}

/** `[L]` and `[END]` without a target. */
export function lastStep(
  holds: Access,
  { isChained, isEnd }: StepOptions & { readonly isEnd: boolean },
): DecidingStep {
  const decide = ({ unmatched, rest }: Next): Access => {
    if (isEnd || rest === always) return or(holds, unmatched)
    // Past the rules that follow, and not past what is asked after them.
    return or(and(holds, rest), and(not(holds), unmatched))
  }
  return { isChained, restricts: false, isEnd, decide }
}

/** `[S=n]` and `[C]` without a target. */
export function jumpStep(
  holds: Access,
  { isChained, count }: StepOptions & { readonly count: number },
): DecidingStep {
  const decide = ({ after, unmatched, past }: Next): Access => {
    const { access, restricts } = past(count)
    // Whom the skipped rules let through gets there in any case.
    if (restricts && unmatched === after) return or(and(holds, access), unmatched)
    return or(and(holds, access), and(not(holds), unmatched))
  }
  return { isChained, restricts: false, decide }
}
