// What an admitted request for a photo gets: the photo or a range of it, 304 or 412, or the configured replacement
// for a missing photo.
import type { IncomingHttpHeaders } from 'node:http'
import { addressOf } from '../evidence/target.ts'
import type { PhotoLibrary } from '../photo/photo-library.ts'
import type { Photo } from '../photo/photo-store.ts'
import { placeholder } from '../photo/placeholder.ts'
import type { Reason } from './access-record.ts'
import type { Answer } from './answer.ts'
import { notFound, notFoundYet, photoAnswer } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { checkPreconditions } from './preconditions.ts'

const maxPlaceholderSeconds = 60

/** The photo that the rules admitted; undefined when there is none, or it was removed meanwhile. */
export function findPhoto({ target, state, isExact }: Exchange): ReturnType<PhotoLibrary['find']> {
  const address = addressOf(target)
  return address === undefined ? undefined : state.library.find(address, isExact)
}

/** `found` undefined: there is no such photo, or it is not indexed yet. */
export function choosePhotoAnswer(
  exchange: Exchange,
  headers: IncomingHttpHeaders,
  found: Photo | undefined,
): { response: Answer; reason: Reason } {
  const { method, target, state, isOverBudget } = exchange
  const { settings, library } = state
  const { missing } = settings.photos
  const maxAgeSeconds = Math.min(settings.photos.maxAgeSeconds, exchange.maxAgeSeconds)
  const whyAbsent = (plain: Reason): Reason => {
    if (isOverBudget) return 'over-budget'
    // A placeholder must not hide in the log that the request named no photo address.
    return addressOf(target) === undefined ? 'no-photo-address' : plain
  }
  if (found === undefined && missing === 'not-found') {
    const response = library.isScanned ? notFound : notFoundYet
    return { response, reason: whyAbsent('missing') }
  }
  const photo = found ?? placeholder
  const maxSeconds = found ? maxAgeSeconds : library.isScanned ? maxPlaceholderSeconds : 0
  const result = checkPreconditions(method, headers, photo)
  const response = photoAnswer(photo, result, Math.min(maxAgeSeconds, maxSeconds))
  if (found === undefined) {
    return { response, reason: whyAbsent('placeholder') }
  }
  return { response, reason: result.kind === 'whole' ? 'found' : result.kind }
}
