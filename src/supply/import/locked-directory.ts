// The photo directory and the records of it, held by one at a time for as long as they are changed.
import { syncDirectory } from '../../disk/durable-file.ts'
import type { LockHolder } from '../../disk/lock.ts'
import { isLock, takeLock } from '../../disk/lock.ts'
import type { Journal } from './journal.ts'
import { openJournal } from './journal.ts'
import type { PhotoDirectory } from './photo-directory.ts'
import { openPhotoDirectory } from './photo-directory.ts'

/** @returns who has them, in place of a result. @throws JournalError, and Error when the directory cannot be used. */
export async function withLockedJournal<T>(
  photos: string,
  work: (directory: PhotoDirectory, journal: Journal) => Promise<T>,
): Promise<T | LockHolder> {
  const directory = openPhotoDirectory(photos)
  directory.claim()
  const lock = await takeLock(directory.stateDirectory)
  if (!isLock(lock)) return lock
  directory.watchFlag(lock.path)
  try {
    directory.discardDrafts()
    const journal = openJournal(directory.stateDirectory)
    // A new one, and its directory, are on the disk before any photo that it tells of.
    await syncDirectory(directory.stateDirectory)
    await directory.sync()
    try {
      return await work(directory, journal)
    } finally {
      journal.close()
    }
  } finally {
    lock.release()
  }
}
