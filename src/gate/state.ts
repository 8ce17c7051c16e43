// What one request sees of the program: the settings and everything built from them, as one value. A reload
// replaces the value; requests under way keep theirs.
import type { Settings } from '../config/settings.ts'
import type { ClientReader } from '../evidence/client-address.ts'
import { buildClientReader } from '../evidence/client-address.ts'
import type { PassVerifier } from '../evidence/guest-pass.ts'
import { buildPassVerifier } from '../evidence/guest-pass.ts'
import type { LinkKeys } from '../evidence/link-keys.ts'
import { buildLinkKeys } from '../evidence/link-keys.ts'
import type { SignInCache } from '../evidence/sign-in-cache.ts'
import { buildSignInCache } from '../evidence/sign-in-cache.ts'
import type { CachedVerifier } from '../evidence/verdict-cache.ts'
import { cacheVerdicts } from '../evidence/verdict-cache.ts'
import type { Ledger } from '../guest/ledger.ts'
import { buildVerifier } from '../ltpa/verifier.ts'
import type { PhotoLibrary } from '../photo/photo-library.ts'
import type { AliasesOf } from '../policy/condition.ts'
import { asksFor } from '../policy/policy.ts'
import type { Answer } from './answer.ts'
import { closingAfter, turnAwayAnswer } from './answer.ts'

export interface GateState {
  readonly settings: Settings
  readonly library: PhotoLibrary
  /** Lives on when this value is replaced: a reload renews no budget. */
  readonly ledger: Ledger
  readonly aliasesOf: AliasesOf
  readonly readClient: ClientReader
  /** Undefined without keys. This cache and `signIns` live as long as this value, so that no verdict
      outlives the keys it was made with. */
  readonly verifyToken: CachedVerifier | undefined
  readonly signIns: SignInCache | undefined
  /** Undefined without secrets of links. */
  readonly linkKeys: LinkKeys | undefined
  /** Undefined where no rule asks for passes: such a gate has no pass page. */
  readonly verifyPass: PassVerifier | undefined
  readonly turnAway: Answer
  /** The same, and it closes the connection. */
  readonly turnAwayClosing: Answer
}

export function buildGateState(
  settings: Settings,
  { library, ledger }: Pick<GateState, 'library' | 'ledger'>,
): GateState {
  const { ltpa, links, policy } = settings
  const linkKeys = links && buildLinkKeys(links.secrets)
  const turnAway = turnAwayAnswer(settings.otherwise)
  return {
    settings,
    library,
    ledger,
    aliasesOf: library.aliasesOf,
    readClient: buildClientReader(settings),
    verifyToken: ltpa === undefined ? undefined : cacheVerdicts(buildVerifier(ltpa)),
    signIns: ltpa === undefined ? undefined : buildSignInCache(),
    linkKeys,
    verifyPass: linkKeys && asksFor(policy, 'pass') ? buildPassVerifier(linkKeys) : undefined,
    turnAway,
    turnAwayClosing: closingAfter(turnAway),
  }
}
