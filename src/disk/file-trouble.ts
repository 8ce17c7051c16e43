// Why a file or folder cannot be read, in words in place of the system's codes.

const words: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  ENOTDIR: 'is not there: a part of its path is a file, not a folder',
  EISDIR: 'is a folder, not a file',
  EACCES: 'may not be read by the user that photogate runs as',
  EPERM: 'may not be read by the user that photogate runs as',
  ELOOP: 'is a link that leads in a circle',
  ENAMETOOLONG: 'has a name that is too long',
  EBUSY: 'is locked by another program',
  EIO: 'cannot be read from its disk',
  ENXIO: 'is not a regular file',
}

/** `photos/x is not there`; the system's own text for codes that are not in the table. */
export function describeFileTrouble(error: unknown, path: string): string {
  return wordsFor(error) === undefined ? (error as Error).message : `${path} ${wordsFor(error)}`
}

/** `is not there`, to follow the name of the file. */
export function filePredicate(error: unknown): string {
  return wordsFor(error) ?? `cannot be read: ${(error as Error).message}`
}

function wordsFor(error: unknown): string | undefined {
  const { code = '' } = error as NodeJS.ErrnoException
  return Object.hasOwn(words, code) ? words[code] : undefined
}
