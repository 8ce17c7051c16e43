// The answer that the gate would give to the request that is explained, and its photo.
import type { Otherwise, Settings } from '../config/settings.ts'
import type { Target } from '../evidence/target.ts'
import { isUnnamed } from '../evidence/target.ts'
import type { PhotoLookup } from '../photo/photo-lookup.ts'

/** The answer to a GET without preconditions. */
export interface ExplainedAnswer {
  readonly status: number
  /** As in the log. */
  readonly reason: string
  /** The target of a redirect, or null. */
  readonly location: string | null
  /** Whether the photo exists; null when none was named, or its folder is not on this machine. */
  readonly photoExists: boolean | null
  /** The photo and the answer in words. */
  readonly detail: string
}

/** Looks for the photo of a canonical address as the gate would find it. */
export type LookUp = (address: string) => Promise<PhotoLookup>

export interface Question {
  /** Undefined when no photo was named; then one is assumed to exist. */
  readonly target: Target | undefined
  /** Why the request is turned away, as in the log; undefined when it is admitted. */
  readonly refusal: string | undefined
  /** The client has spent the budget of the rule that admits it. */
  readonly isOverBudget: boolean
  readonly lookUp: LookUp
}

export async function explainAnswer(
  settings: Settings,
  { target, refusal, isOverBudget, lookUp }: Question,
): Promise<ExplainedAnswer> {
  if (target?.kind === 'ready') {
    const detail = 'answered to everybody: 200, or 503 while the photos cannot be read'
    return { status: 200, reason: 'ready', location: null, photoExists: null, detail }
  }
  if (target?.kind === 'health' || target?.kind === 'page') {
    const detail = 'answered to everybody, whatever the rules say'
    return { status: 200, reason: target.kind, location: null, photoExists: null, detail }
  }
  const photo = await findPhoto(target, settings.photos.directory, lookUp)
  const { photoExists } = photo
  if (refusal !== undefined) {
    const { status, location } = turnAway(settings.otherwise)
    return { status, reason: refusal, location, photoExists, detail: photo.detail }
  }
  if (target?.kind === 'bad-encoding') {
    const detail = 'the path has broken percent-encoding'
    return { status: 400, reason: 'bad-encoding', location: null, photoExists, detail }
  }
  if (photoExists !== false && !isOverBudget) {
    return { status: 200, reason: 'found', location: null, photoExists, detail: photo.detail }
  }
  const { missing } = settings.photos
  const isPlain = missing === 'not-found'
  const instead = isPlain ? '' : '; the silhouette is sent'
  return {
    status: isPlain ? 404 : 200,
    reason: whyAbsent(target, isOverBudget) ?? (isPlain ? 'missing' : 'placeholder'),
    location: null,
    photoExists,
    detail: `${photo.detail}${instead}`,
  }
}

function whyAbsent(target: Target | undefined, isOverBudget: boolean): string | undefined {
  if (isOverBudget) return 'over-budget'
  return target !== undefined && isUnnamed(target) ? 'no-photo-address' : undefined
}

async function findPhoto(target: Target | undefined, directory: string, lookUp: LookUp) {
  if (target === undefined) return { photoExists: null, detail: 'no photo was named' }
  if (target.kind !== 'photo' || target.address === undefined) {
    return { photoExists: false, detail: 'the path is not that of a photo' }
  }
  const found = await lookUp(target.address)
  return {
    photoExists: found.kind === 'unreadable' ? null : found.kind === 'found',
    detail: describe(found, directory),
  }
}

function describe(found: PhotoLookup, directory: string): string {
  switch (found.kind) {
    case 'found':
      return `${found.file}, ${found.photo.type}, ${found.photo.bytes.length.toLocaleString('en')} bytes`
    case 'refused':
      return `there is none: ${found.file} ${found.reason}`
    case 'missing':
      return `there is none in ${directory}`
    case 'unreadable':
      return `not known here, if it is there: ${found.reason}`
  }
}

function turnAway(otherwise: Otherwise): { status: number; location: string | null } {
  return 'redirect' in otherwise
    ? { status: 302, location: otherwise.redirect }
    : { status: otherwise.status, location: null }
}
