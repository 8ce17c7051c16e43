// Decides whether an SSH server shows a key that known_hosts has for it, and words the refusal.
import type { HostKey, KnownHosts } from './known-hosts.ts'
import { fingerprint, nameOf, typeOfKey } from './known-hosts.ts'

export interface HostVerifier {
  /**
   * Host key algorithms to offer: those of the known keys, so that the server shows such a key if it has one. All when no
   * key is known, so that the refusal can name the server's key. Never one that signs with SHA-1.
   */
  readonly algorithms: readonly string[]
  /** Whether the key is accepted. If not, `refusal` says why. */
  verify(blob: Buffer): boolean
  readonly refusal: string | undefined
}

// RFC 8332: a key of type ssh-rsa signs with SHA-2 under these names.
const algorithmsOf: Record<string, readonly string[]> = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
}

export function buildHostVerifier(known: KnownHosts, host: string, port: number): HostVerifier {
  const keys = known.find(host, port)
  const name = nameOf(host, port)
  const usable = keys.flatMap(({ type }) => algorithmsOf[type] ?? [])
  let refusal: string | undefined
  return {
    algorithms: [...new Set(usable.length > 0 ? usable : Object.values(algorithmsOf).flat())],
    verify: blob => {
      refusal = refusalOf(blob, { keys, known, host, port, name })
      return refusal === undefined
    },
    get refusal() {
      return refusal
    },
  }
}

interface Looked {
  readonly keys: readonly HostKey[]
  readonly known: KnownHosts
  readonly host: string
  readonly port: number
  readonly name: string
}

function refusalOf(blob: Buffer, { keys, known, host, port, name }: Looked): string | undefined {
  const shown = `shows the ${typeOfKey(blob) ?? 'unknown'} key ${fingerprint(blob)}`
  if (known.isRevoked(host, port, blob)) {
    return `${shown}, which ${known.file} revokes; somebody may pose as the server`
  }
  if (keys.some(key => key.blob.equals(blob))) return undefined
  const compare = "compare it with the server's own (ssh-keygen -l -f there)"
  if (keys.length > 0) {
    const others = keys.map(key => fingerprint(key.blob)).join(', ')
    return `${shown}, and ${known.file} has ${others} for ${name}; somebody may pose as the server, or it has a new key: ${compare} and put the new line in`
  }
  const lines = known.authorityLines(host, port)
  const authority =
    lines.length === 0 ? '' : ` (@cert-authority on line ${lines.join(', ')} is not supported)`
  return `${shown}, and ${known.file} has none for ${name}${authority}; ${compare}, then put in what ssh-keyscan -p ${port} ${host} prints`
}
