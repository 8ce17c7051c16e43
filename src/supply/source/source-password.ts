// The password that signs in to a source. Messages name its file and never the password.
import { loadPassword, SecretFileError } from '../../config/ltpa/secret-files.ts'
import type { ListedProblem } from './source.ts'
import { SourceError } from './source.ts'

/**
 * @param troubles gets the risks of the file, such as its permissions.
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
