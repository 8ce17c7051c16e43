// Small pictures of photos for a gallery, made as an import makes photos: decoded completely, upright, within bounds on
// memory and time, and without what cameras write beside the pixels.
import type { PhotoFile } from '../photo/photo-file.ts'
import { buildPhotoStore } from '../photo/photo-store.ts'
import { loadPrepare } from '../picture/prepare.ts'

/** Of all pictures of one file together: with what base64 adds, mail servers still take it. */
export const maxPreviewBytes = 9_000_000

// Shown at 96 pixels: sharp on most screens, and about 4 KB each.
const fit = { maxPixels: 128, maxBytes: 12_000 }
const atOnce = 8

export const noRoom = 'no room for its picture'

/** For each file a JPEG, or in words why there is none; never more than `maxBytes` of JPEGs. */
export async function drawPreviews(
  directory: string,
  files: readonly PhotoFile[],
  maxBytes = maxPreviewBytes,
): Promise<(Buffer | string)[]> {
  if (files.length === 0) return []
  const prepare = await loadPrepare(fit)
  const store = buildPhotoStore({ directory, cacheBytes: 1, onRefused: () => {} })
  const draw = async (file: PhotoFile): Promise<Buffer | string> => {
    const photo = await store.find(file)
    if (photo === undefined) return 'has just gone'
    const prepared = await prepare(photo.bytes)
    return prepared.kind === 'ready' ? prepared.bytes : `no picture: it ${prepared.reason}`
  }
  const previews: (Buffer | string)[] = []
  let bytes = 0
  for (let at = 0; at < files.length; at += atOnce) {
    const some = files.slice(at, at + atOnce)
    const drawn = bytes < maxBytes ? await Promise.all(some.map(draw)) : some.map(() => noRoom)
    for (const preview of drawn) {
      const size = typeof preview === 'string' ? 0 : preview.length
      const fits = bytes + size <= maxBytes
      previews.push(fits ? preview : noRoom)
      // After the first that has no room there is none for the others: the wall ends in one place.
      bytes = fits ? bytes + size : maxBytes
    }
  }
  return previews
}
