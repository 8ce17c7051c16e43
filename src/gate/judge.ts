// One request, judged: who the client is, which rule admits it, and what its log line is to say of that.
import type { IncomingHttpHeaders } from 'node:http'
import type { ClientDoubt } from '../evidence/client-address.ts'
import type { CookieParser } from '../evidence/cookies.ts'
import { findAdmission, readEvidence, whyTurnedAway } from '../evidence/evidence.ts'
import { payerKeyOf } from '../evidence/refusal-budget.ts'
import { addressOf } from '../evidence/target.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import { excludesPeople, turnedAwayRule } from '../policy/policy.ts'
import type { Judgement, Visit } from './exchange.ts'

export interface JudgeOptions {
  readonly parse: CookieParser
  /** A proxy named no client, so nothing of the `from` conditions could hold. */
  onDoubt(doubt: ClientDoubt, peer: string): void
  /** A peer that is no proxy names a client; it was not believed. */
  onIgnoredHeader(peer: string): void
  /** A fault of the program; the request is turned away. */
  onFault(error: unknown): void
}

/** Sets the visit's client and rule. `hasWaited`: its turn has come. */
export type Judge = (visit: Visit, headers: IncomingHttpHeaders, hasWaited: boolean) => Judgement

export function buildJudge({ parse, onDoubt, onIgnoredHeader, onFault }: JudgeOptions): Judge {
  return (visit, headers, hasWaited) => {
    const { state, connection, target } = visit
    const { peer } = connection
    const nowMs = hasWaited ? Date.now() : visit.timeMs
    const facts = { peer, headers, photo: addressOf(target), nowMs, hasWaited }
    const sighting = readEvidence(state, facts, parse)
    const { evidence, client, sent } = sighting
    visit.client = client.address
    visit.isDirect = client.address === peer && !client.isIgnored
    visit.payer = payerKeyOf(client)
    if (client.doubt !== undefined) onDoubt(client.doubt, peer?.text ?? '')
    if (client.isIgnored) onIgnoredHeader((client.address as NetworkAddress).text)
    const admission = findAdmission(state, evidence, onFault)
    visit.rule = admission?.rule.name ?? turnedAwayRule
    visit.isExact = admission !== undefined && excludesPeople(admission.rule)
    visit.token = sent.tokens?.seen(admission?.identity)
    if (admission?.identity !== undefined) state.signIns?.remember(sent)
    return {
      refusal: admission === undefined ? whyTurnedAway(state, { ...sighting, target }) : undefined,
      hasUnseen: sent.tokens?.hasUnseen() ?? false,
    }
  }
}
