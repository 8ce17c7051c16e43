// One photo, looked up once as the gate would find it: for commands, which watch nothing.
import { listDirectory } from './directory-listing.ts'
import type { PhotoFile } from './photo-file.ts'
import { addressOfName } from './photo-file.ts'
import type { Photo } from './photo-store.ts'
import { buildPhotoStore } from './photo-store.ts'

export type PhotoLookup =
  | { readonly kind: 'found'; readonly file: string; readonly photo: Photo }
  /** There is a file of that name, and it is not served. */
  | { readonly kind: 'refused'; readonly file: string; readonly reason: string }
  | { readonly kind: 'missing' }
  /** The directory cannot be read, or is on another machine. */
  | { readonly kind: 'unreadable'; readonly reason: string }

/** Lists the directory and reads the one file that answers for this canonical address. */
export async function lookUpPhoto(directory: string, address: string): Promise<PhotoLookup> {
  const { index, unserved, unreadable } = listDirectory(directory)
  if (unreadable !== undefined) return { kind: 'unreadable', reason: unreadable }
  const file = index.find(address)
  if (file !== undefined) return readFile(directory, file)
  const refusal = unserved.find(({ name }) => addressOfName(name) === address)
  if (refusal === undefined) return { kind: 'missing' }
  return { kind: 'refused', file: refusal.name, reason: refusal.reason }
}

async function readFile(directory: string, file: PhotoFile): Promise<PhotoLookup> {
  let reason = 'has gone'
  const store = buildPhotoStore({
    directory,
    cacheBytes: 1,
    onRefused: (_, why) => {
      reason = why
    },
  })
  const photo = await store.find(file)
  if (photo === undefined) return { kind: 'refused', file: file.name, reason }
  return { kind: 'found', file: file.name, photo }
}
