// Joins the rules of one context to one access expression, from the last to the first, because each rule passes on what
// it does not decide. Knows [L], [END], [S] and [C]. Does not know patterns and conditions.
// https://httpd.apache.org/docs/2.4/rewrite/flags.html
import type { Access } from './access-expression.ts'
import { always, and, not, or } from './access-expression.ts'

/** The access of a request that goes on after a rule. */
export interface Next {
  /** At the next rule. */
  readonly after: Access
  /** When the rule does not match: at the next rule, or after the chain that the rule is part of. */
  readonly unmatched: Access
  /** After `count` more rules. `restricts`: the skipped rules only restrict. */
  readonly past: (count: number) => { readonly access: Access; readonly restricts: boolean }
  /** The checks after the last rule, if an [END] can skip them. */
  readonly rest: Access
}

export interface DecidingStep {
  readonly decide: (next: Next) => Access
  readonly isChained: boolean
  /** Whether it admits nobody that the rules after it turn away. */
  readonly restricts: boolean
  /** Whether it lets some requests skip the checks after the last rule. */
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
        // A rule of a chain that does not match skips the rest of its chain, which may be more than `count`.
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
    // [L] skips the next rules, but not the checks after the last one.
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
    // Requests that the skipped rules let through get there in any case.
    if (restricts && unmatched === after) return or(and(holds, access), unmatched)
    return or(and(holds, access), and(not(holds), unmatched))
  }
  return { isChained, restricts: false, decide }
}
