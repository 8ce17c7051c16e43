// LTPA tokens as evidence: the cookies that carry them, verified when a rule first asks. How a token is verified is
// ltpa's business.
import type { LtpaSettings } from '../config/settings.ts'
import type { Identity, RefusalReason } from '../ltpa/token.ts'
import type { Tokens, TokenVerdict } from '../policy/condition.ts'
import type { Cookie } from '../policy/cookie-pattern.ts'
import type { CachedVerifier, VerifyContext } from './verdict-cache.ts'

/** Cookies of one name that are verified at most. A browser sends several when paths or domains differ. */
export const maxOfOneName = 4

export interface SentTokensOptions {
  readonly cookies: readonly Cookie[]
  readonly names: LtpaSettings['cookies']
  readonly verify: CachedVerifier
  readonly context: VerifyContext
}

export class SentTokens implements Tokens {
  readonly #options: SentTokensOptions
  #verdicts: TokenVerdict[] | undefined

  constructor(options: SentTokensOptions) {
    this.#options = options
  }

  verdicts(): readonly TokenVerdict[] {
    this.#verdicts ??= verifyAll(this.#options)
    return this.#verdicts
  }

  /** Whether all were valid and still are. False when the clock was set back, so that they are verified again. */
  areValidAt(nowMs: number): boolean {
    if (this.#verdicts === undefined || nowMs < this.#options.context.nowMs) return false
    for (const { verdict } of this.#verdicts) {
      if (!verdict.valid || nowMs > verdict.untilMs) return false
    }
    return true
  }

  /** Whether some tokens that a rule asked for were not verified, because their turn has not come. */
  hasUnverified(): boolean {
    const verdicts = this.#verdicts ?? []
    return verdicts.some(({ verdict }) => !verdict.valid && verdict.reason === 'too-many')
  }

  /** What the log says about the tokens; undefined when none was sent, or no rule has asked. */
  seen(admitted: Identity | undefined): LoggedToken | undefined {
    if (admitted !== undefined) return admitted
    let refused: LoggedToken | undefined
    for (const { verdict } of this.#verdicts ?? []) {
      if (verdict.valid) return verdict.identity
      const { reason, identity } = verdict
      // An authentic token that is refused tells more than a forged one.
      if (refused === undefined || identity !== undefined)
        refused = identity === undefined ? { refused: reason } : { ...identity, refused: reason }
    }
    return refused
  }
}

/** The identity in an authentic token, admitted or refused; or only the reason, for a token that is not authentic. */
export type LoggedToken =
  | (Identity & { readonly refused?: RefusalReason })
  | { readonly refused: RefusalReason; readonly user?: undefined }

function verifyAll({ cookies, names, verify, context }: SentTokensOptions): TokenVerdict[] {
  const verdicts: TokenVerdict[] = []
  let counts: Map<string, number> | undefined
  for (const { name, value: sent, decoded: value = sent } of cookies) {
    const isV2 = names.v2.has(name)
    if (!(isV2 || names.v1.has(name)) || value === '' || value === '""') continue
    if (verdicts.length > 0) {
      counts ??= new Map(verdicts.map(({ cookie }) => [cookie, 1]))
      const count = (counts.get(name) ?? 0) + 1
      counts.set(name, count)
      if (count > maxOfOneName) continue
    }
    verdicts.push({ cookie: name, verdict: verify(isV2 ? 'v2' : 'v1', value, context) })
  }
  return verdicts
}
