// Judges one request: who the client is, which rule admits it, and what its log line says about both.
import type { IncomingHttpHeaders } from 'node:http'
import { readEvidence } from '../evidence/evidence.ts'
import { payerKeyOf } from '../evidence/refusal-budget.ts'
import { addressOf, nameRefusal } from '../evidence/target.ts'
import { ledgerEntryOf } from '../policy/budget.ts'
import type { ClientDoubt, Evidence } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import type { Decision, Policy, Rule } from '../policy/policy.ts'
import {
  decide,
  excludesPeople,
  findExpiryMs,
  refusalFor,
  turnedAwayRule,
} from '../policy/policy.ts'
import type { Exchange, Judgement } from './exchange.ts'
import { peerTextOf } from './exchange.ts'

export interface JudgeOptions {
  /** A proxy named no client, so no `from` condition could hold. */
  onDoubt(doubt: ClientDoubt, peer: string): void
  /** A peer that is not a trusted proxy names a client; the header was ignored. */
  onIgnoredHeader(peer: string): void
  /** A fault of the program. The request is turned away. */
  onFault(error: unknown): void
}

/** Sets the exchange's evidence, client, rule and token. `hasWaited`: its turn has come, so its tokens are verified. */
export type Judge = (
  exchange: Exchange,
  headers: IncomingHttpHeaders,
  hasWaited: boolean,
) => Judgement

export function buildJudge({ onDoubt, onIgnoredHeader, onFault }: JudgeOptions): Judge {
  return (exchange, headers, hasWaited) => {
    const { state, connection, target } = exchange
    const { peer, arrival } = connection
    const nowMs = hasWaited ? Date.now() : exchange.timeMs
    const { url } = exchange
    const { proof } = arrival
    const facts = { peer, proof, headers, photo: addressOf(target), url, nowMs, hasWaited }
    const { evidence, client, sent, link, passes } = readEvidence(state, facts)
    exchange.facts = facts
    exchange.evidence = evidence
    exchange.client = client.address
    exchange.isDirect = peer !== undefined && client.address === peer && !client.isIgnored
    exchange.payer = payerKeyOf(client)
    if (client.doubt !== undefined) onDoubt(client.doubt, peerTextOf(connection) ?? '')
    if (client.isIgnored) onIgnoredHeader((client.address as NetworkAddress).text)
    const decision = decideOrRefuse(state.settings.policy, evidence, onFault)
    const identity = decision.admitted ? decision.identity : undefined
    exchange.rule = decision.admitted ? decision.rule.name : turnedAwayRule
    exchange.ledgerEntry = decision.admitted
      ? ledgerEntryOf(decision, { evidence, canaries: state.settings.canaries })
      : undefined
    if (decision.admitted) exchange.maxAgeSeconds = secondsLeft(decision.rule, evidence, nowMs)
    // Counted as one person with other addresses: a photo that came since may show somebody else.
    const isCountedAsAlias =
      exchange.ledgerEntry !== undefined && exchange.ledgerEntry.person !== evidence.photo
    exchange.isExact = decision.admitted && (isCountedAsAlias || excludesPeople(decision.rule))
    exchange.token = sent.tokens?.seen(identity)
    exchange.pass = passes?.seen(decision.admitted ? decision.pass : undefined)
    exchange.linkRefusal = link?.refusal()
    if (identity !== undefined) state.signIns?.remember(sent)
    return {
      refusal: decision.admitted ? undefined : nameRefusal(decision.reason, target),
      hasUnverified: sent.tokens?.hasUnverified() ?? false,
    }
  }
}

function decideOrRefuse(
  policy: Policy,
  evidence: Evidence,
  onFault: (error: unknown) => void,
): Decision {
  try {
    return decide(policy, evidence)
  } catch (error) {
    onFault(error)
    return refusalFor(evidence)
  }
}

// A browser must not show a photo by an expired link or pass.
function secondsLeft(rule: Rule, evidence: Evidence, nowMs: number): number {
  const expiryMs = findExpiryMs(rule, evidence)
  return expiryMs === undefined ? Infinity : Math.floor((expiryMs - nowMs) / 1000)
}
