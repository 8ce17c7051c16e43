// The photo directory and its records, locked while one process changes them.
import { syncDirectory } from '../../disk/durable-file.ts'
import type { LockHolder } from '../../disk/lock.ts'
import { isLock, takeLock } from '../../disk/lock.ts'
import type { Journal } from './journal.ts'
import { openJournal } from './journal.ts'
import type { PhotoDirectory } from './photo-directory.ts'
import { openPhotoDirectory } from './photo-directory.ts'

/** @returns the holder of the lock when another process has it. @throws JournalError, and Error when the directory cannot be used. */
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
    // A new journal, and its directory, must be on the disk before any photo that it records.
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
