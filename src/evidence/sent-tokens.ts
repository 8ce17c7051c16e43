// LTPA tokens as evidence: the cookies that carry them, verified when a rule first asks.
import type { LtpaSettings } from '../config/settings.ts'
import type { Identity, RefusalReason } from '../ltpa/token.ts'
import type { Tokens, TokenVerdict } from '../policy/condition.ts'
import type { Cookie } from '../policy/cookie-pattern.ts'
import type { CachedVerifier, Payer } from './verdict-cache.ts'

/** So many cookies of one name are looked at; a browser sends several when paths or domains differ. */
export const maxOfOneName = 4

export interface SentTokensOptions {
  readonly cookies: readonly Cookie[]
  readonly names: LtpaSettings['cookies']
  readonly verify: CachedVerifier
  readonly nowMs: number
  /** Who sent them. */
  readonly payer: Payer
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

  /** All were found valid and are so now. Should the clock be put back, they are to be judged anew. */
  areValidAt(nowMs: number): boolean {
    if (this.#verdicts === undefined || nowMs < this.#options.nowMs) return false
    for (const { verdict } of this.#verdicts) {
      if (!verdict.valid || nowMs > verdict.untilMs) return false
    }
    return true
  }

  /** Some of those that a rule asked for were not looked at: their turn has not come. */
  hasUnverified(): boolean {
    const verdicts = this.#verdicts ?? []
    return verdicts.some(({ verdict }) => !verdict.valid && verdict.reason === 'too-many')
  }

  /** What the log says of the tokens; undefined when none was sent, or no rule has asked. */
  seen(admitted: Identity | undefined): LoggedToken | undefined {
    if (admitted !== undefined) return admitted
    let refused: LoggedToken | undefined
    for (const { verdict } of this.#verdicts ?? []) {
      if (verdict.valid) return verdict.identity
      const { reason, identity } = verdict
      // An authentic one says more than one that is not.
      if (refused === undefined || identity !== undefined)
        refused = { ...identity, refused: reason }
    }
    return refused
  }
}

/** Of a refused one, the identity is there only if it is authentic. */
export type LoggedToken = Partial<Identity> & { readonly refused?: RefusalReason }

function verifyAll({ cookies, names, verify, nowMs, payer }: SentTokensOptions): TokenVerdict[] {
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
    verdicts.push({ cookie: name, verdict: verify(isV2 ? 'v2' : 'v1', value, nowMs, payer) })
  }
  return verdicts
}
