// Error texts for a failed connection to an SFTP server, each with advice. The SSH library reports the cause in its
// message only. Messages about the private key are not passed on.
import type { SftpSettings } from '../../../config/supply/settings.ts'
import { SourceError } from '../source.ts'
import { sourceError } from './file-tree.ts'
import type { HostVerifier } from './host-verifier.ts'

export interface Connecting {
  readonly settings: SftpSettings
  /** The server, for messages. */
  readonly where: string
  readonly verifier: HostVerifier
}

export function explainConnecting(
  error: Error,
  { settings, where, verifier }: Connecting,
): SourceError {
  const { keyFile, passphraseFile, user, knownHosts } = settings
  const { message } = error
  if (error instanceof SourceError) return error
  if (verifier.refusal !== undefined) return sourceError(where, verifier.refusal)
  if (/passphrase given/.test(message)) {
    return sourceError(
      `keyFile ${keyFile}`,
      'is encrypted; write its passphrase in a file and name that in passphraseFile',
    )
  }
  if (/private ?key|OpenSSH key|bad decrypt|passphrase/i.test(message)) {
    const reason =
      passphraseFile === undefined
        ? 'is not a private key of a kind that is known; ssh-keygen -t ed25519 makes one'
        : `cannot be opened with the passphrase in ${passphraseFile}, or is not a private key`
    return sourceError(`keyFile ${keyFile}`, reason)
  }
  if (/authentication methods failed/.test(message)) {
    const advice = `put what ssh-keygen -y -f ${keyFile} prints into the authorized_keys of ${user} there`
    return sourceError(where, `does not accept keyFile ${keyFile} for ${user}; ${advice}`)
  }
  if (/no matching host key/.test(message)) {
    const has = verifier.algorithms.join(', ')
    return sourceError(
      where,
      `has no host key for ${has}, which ${knownHosts} has for it; ssh-keyscan prints the keys that it has`,
    )
  }
  return sourceError(where, `cannot be connected to: ${message}`, { cause: error })
}
