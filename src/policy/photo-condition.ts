// The condition of a rule on the requested photo. An inclusion is about the requested address. An exclusion is about the
// person: otherwise an alias would show the face that the rule hides.

import type { Condition, Evidence } from './condition.ts'
import type { PhotoGlobs } from './photo-glob.ts'
import { isExcluded, isIncluded } from './photo-glob.ts'

type Match =
  | { readonly kind: 'open' | 'not-named' | 'not-included' | 'excluded' }
  | { readonly kind: 'excluded-as'; readonly alias: string }
  | { readonly kind: 'unknown'; readonly reason: string }

const open: Match = { kind: 'open' }
const notNamed: Match = { kind: 'not-named' }
const notIncluded: Match = { kind: 'not-included' }
const excluded: Match = { kind: 'excluded' }
const notAsked: Match = { kind: 'unknown', reason: 'the photo folder was not read' }

/** Matches when the requested photo is one of these. `text`: the globs as the rule has them. */
export function photosCondition(globs: PhotoGlobs, text: string): Condition {
  const excludes = globs.excluded.length > 0
  const find = (evidence: Evidence) => match(globs, evidence, judged)
  // A list may be long: thousands of people may share one silhouette.
  const judged = new WeakMap<readonly string[], Match>()
  return {
    kind: 'photos',
    excludesPeople: excludes,
    matches: evidence => find(evidence) === open,
    isUndecided: evidence => excludes && find(evidence).kind === 'unknown',
    describe: evidence => describe(find(evidence), evidence.photo, text),
  }
}

function match(
  globs: PhotoGlobs,
  { photo, aliasesOf }: Evidence,
  judged: WeakMap<readonly string[], Match>,
): Match {
  if (photo === undefined) return notNamed
  if (!isIncluded(globs, photo)) return notIncluded
  if (globs.excluded.length === 0) return open
  if (isExcluded(globs, photo)) return excluded
  if (aliasesOf === undefined) return notAsked
  const aliases = aliasesOf(photo)
  // Fails closed: the photo may show an excluded person.
  if ('unknown' in aliases) return { kind: 'unknown', reason: aliases.unknown }
  const known = judged.get(aliases)
  if (known !== undefined) return known
  const alias = aliases.find(one => isExcluded(globs, one))
  const found: Match = alias === undefined ? open : { kind: 'excluded-as', alias }
  judged.set(aliases, found)
  return found
}

function describe(found: Match, photo: string | undefined, text: string): string {
  switch (found.kind) {
    case 'open':
      return `photo ${photo} is in ${text}`
    case 'not-named':
      return 'no photo was named'
    case 'excluded-as':
      return `photo ${photo} is not in ${text}: it is also the photo of ${found.alias}`
    case 'unknown':
      return `photo ${photo} may show a person that ${text} excludes: ${found.reason}`
    default:
      return `photo ${photo} is not in ${text}`
  }
}
