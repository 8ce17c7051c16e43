// What an explanation reads a request with: built from the settings alone. No cache and no budget of the running gate is
// among them, so that a question of an administrator, asked for some client's address, costs that client nothing and
// leaves no verdict behind.
import type { Settings } from '../config/settings.ts'
import { buildClientReader } from '../evidence/client-address.ts'
import type { EvidenceReaders } from '../evidence/evidence.ts'
import { buildPassVerifier } from '../evidence/guest-pass.ts'
import { buildLinkKeys } from '../evidence/link-keys.ts'
import { buildVerifier } from '../ltpa/verifier.ts'
import type { AliasesOf } from '../policy/condition.ts'
import { asksFor } from '../policy/policy.ts'
import type { LookUp } from './answer.ts'

export interface ExplainReaders extends EvidenceReaders {
  readonly settings: Settings
  readonly lookUp: LookUp
}

export interface ReaderOptions {
  readonly aliasesOf: AliasesOf
  readonly lookUp: LookUp
  /** The peer is the client, without a front, even if `proxies` has its address. */
  readonly isDirect: boolean
}

export function buildExplainReaders(
  settings: Settings,
  { aliasesOf, lookUp, isDirect }: ReaderOptions,
): ExplainReaders {
  const { ltpa, links, policy } = settings
  const proxies = isDirect ? undefined : settings.proxies
  const verify = ltpa && buildVerifier(ltpa)
  const linkKeys = links && buildLinkKeys(links.secrets)
  return {
    settings,
    readClient: buildClientReader({ ...settings, proxies }),
    verifyToken: verify && ((kind, text, { nowMs }) => verify(kind, text, nowMs)),
    linkKeys,
    verifyPass: linkKeys && asksFor(policy, 'pass') ? buildPassVerifier(linkKeys) : undefined,
    aliasesOf,
    lookUp,
  }
}
