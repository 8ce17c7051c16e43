// The same host by the other scheme: http where people come by https, or https where --through is http. Who comes that way
// must not be believed more.
import type { Diagnosis } from '../finding.ts'
import { mergeDiagnoses } from '../finding.ts'
import { checkClient } from './check-client.ts'
import { checkForging, checkForgingBlindly } from './check-forging.ts'
import { judgeMove, locationOf } from './check-redirects.ts'
import type { FrontAnswer } from './front-answer.ts'
import { kindOf } from './front-answer.ts'
import type { AskedFront, Probe } from './probe.ts'
import { isLimited } from './probe.ts'

const nothing: Diagnosis = { findings: [], fine: [], unknown: [] }

/** `other`: the URL by the other scheme. No answer there is fine, and so is one of something else than the gate. */
export async function checkOtherScheme(probe: Probe, other: URL | undefined): Promise<Diagnosis> {
  if (other === undefined) return nothing
  const there = probe.moveTo({ ...probe.place, url: other })
  there.hasLog = probe.hasLog
  const asked = await there.ask(there.nobody())
  const { answer, reply } = asked
  if (answer === undefined) {
    if (isLimited(asked)) return { ...nothing, unknown: [limited(other)] }
    const isCertificate = 'code' in reply && /CERT|SIGNATURE|ISSUER|ALTNAME/.test(reply.code)
    const unknown = isCertificate
      ? [`Whether ${other.origin} reaches the gate, too: its certificate gives ${reply.code}.`]
      : []
    return { ...nothing, unknown }
  }
  const target = locationOf(answer, other)
  if (target?.origin === probe.place.url.origin) return judgeMove(asked.path, other, target)
  const line = await there.findLine(asked)
  if (line !== undefined) {
    return at(other, [checkClient(there, asked, line), await checkForging(there, line)])
  }
  if (!looksLikeGate(there, asked, answer)) return nothing
  if (!probe.hasLog) {
    const found = await checkForgingBlindly(there, asked)
    const client = `Whether the gate sees the right client: that stands in its log.`
    return at(other, [{ ...nothing, unknown: [client] }, found])
  }
  const unknown = [
    `Whether the gate sees the right client, and whether a client can forge its address, at ${other.origin}: a gate answers there, and has written no line into this log.`,
  ]
  return { ...nothing, unknown }
}

function limited({ origin }: URL): string {
  return `Whether ${origin} reaches the gate, too: it limits requests.`
}

// Each sentence names the URL: the same may be right at the other.
function at({ origin }: URL, diagnoses: readonly Diagnosis[]): Diagnosis {
  const { findings, fine, unknown } = mergeDiagnoses(diagnoses)
  const named = (text: string) => `At ${origin}, which reaches the gate, too: ${text}`
  return {
    findings: findings.map(each => ({ ...each, seen: named(each.seen) })),
    fine: findings.length === 0 ? fine.map(named) : [],
    unknown: unknown.map(named),
  }
}

// Nearly every server redirects from http: only where the gate sends people to, and with its header, it may be the gate.
function looksLikeGate({ setup }: Probe, { path }: AskedFront, answer: FrontAnswer): boolean {
  const { otherwise } = setup.settings
  if (answer.headers['x-content-type-options'] === undefined) return false
  const kind = kindOf(answer, otherwise)
  if (kind !== 'turned-away' || !('redirect' in otherwise)) {
    return kind === 'turned-away' || kind === 'missing'
  }
  const { location = path } = answer.headers
  const pathOf = (url: string) =>
    URL.canParse(url, 'http://x/') ? new URL(url, 'http://x/').pathname : undefined
  return pathOf(location) === pathOf(otherwise.redirect)
}
