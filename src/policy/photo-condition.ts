// The condition of a rule on the requested photo. An inclusion is about the requested address. An exclusion is about the
// person: otherwise an alias would show the face that the rule hides.

import type { Condition, Evidence } from './condition.ts'
import type { PhotoList } from './photo-list.ts'
import { describeGroup, isEmptySelection, isSelected } from './photo-list.ts'

type Match =
  | { readonly kind: 'open' | 'not-named' | 'not-included' | 'excluded' }
  | { readonly kind: 'excluded-as'; readonly alias: string }
  | { readonly kind: 'unknown'; readonly reason: string }

const open: Match = { kind: 'open' }
const notNamed: Match = { kind: 'not-named' }
const notIncluded: Match = { kind: 'not-included' }
const hidden: Match = { kind: 'excluded' }
const notAsked: Match = { kind: 'unknown', reason: 'the photo folder was not read' }

/** Matches when the requested photo is one of these. */
export function photosCondition(photos: PhotoList): Condition {
  const excludes = !isEmptySelection(photos.excluded)
  const find = (evidence: Evidence) => match(photos, evidence, judged)
  // A list may be long: thousands of people may share one silhouette.
  const judged = new WeakMap<readonly string[], Match>()
  return {
    kind: 'photos',
    excludesPeople: excludes,
    matches: evidence => find(evidence) === open,
    isUndecided: evidence => excludes && find(evidence).kind === 'unknown',
    describe: evidence => describe(find(evidence), evidence.photo, photos),
  }
}

function match(
  { included, excluded }: PhotoList,
  { photo, aliasesOf }: Evidence,
  judged: WeakMap<readonly string[], Match>,
): Match {
  if (photo === undefined) return notNamed
  if (!isSelected(included, photo)) return notIncluded
  if (isEmptySelection(excluded)) return open
  if (isSelected(excluded, photo)) return hidden
  if (aliasesOf === undefined) return notAsked
  const aliases = aliasesOf(photo)
  // Fails closed: the photo may show an excluded person.
  if ('unknown' in aliases) return { kind: 'unknown', reason: aliases.unknown }
  const known = judged.get(aliases)
  if (known !== undefined) return known
  const alias = aliases.find(one => isSelected(excluded, one))
  const found: Match = alias === undefined ? open : { kind: 'excluded-as', alias }
  judged.set(aliases, found)
  return found
}

function describe(found: Match, photo = '', { included, excluded, text }: PhotoList): string {
  switch (found.kind) {
    case 'open':
      return `photo ${photo} is in ${describeGroup(included, photo) ?? text}`
    case 'not-named':
      return 'no photo was named'
    case 'excluded': {
      const group = describeGroup(excluded, photo)
      return `photo ${photo} is not in ${text}${group === undefined ? '' : `: it is in ${group}`}`
    }
    case 'excluded-as': {
      const group = describeGroup(excluded, found.alias)
      const place = group === undefined ? '' : `, which is in ${group}`
      return `photo ${photo} is not in ${text}: it is also the photo of ${found.alias}${place}`
    }
    case 'unknown':
      return `photo ${photo} may show a person that ${text} excludes: ${found.reason}`
    case 'not-included':
      return `photo ${photo} is not in ${text}`
  }
}
