// The password that a source is asked with: from its file, and told of only where the file is wrong or risky.
import { loadPassword, SecretFileError } from '../../config/ltpa/secret-files.ts'
import type { ListedProblem } from './source.ts'
import { SourceError } from './source.ts'

/**
 * @param troubles gets what is risky about the file.
 * @throws SourceError
 */
export function readPassword(passwordFile: string, troubles: ListedProblem[]): string {
  try {
    return loadPassword(passwordFile, (where, reason) =>
      troubles.push({ kind: 'trouble', where, reason }),
    )
  } catch (error) {
    if (!(error instanceof SecretFileError)) throw error
    throw new SourceError('source', `passwordFile ${error.message}`, { cause: error })
  }
}
