// `photogate explain`: what the gate would decide about a request, and why. Runs the gate's own code, from the headers on.
import type { Settings } from '../config/settings.ts'
import { exitCodes, GateError } from '../error.ts'
import type { ClientReader } from '../evidence/client-address.ts'
import { buildClientReader } from '../evidence/client-address.ts'
import type { RequestFacts } from '../evidence/evidence.ts'
import { readEvidence } from '../evidence/evidence.ts'
import type { PassVerifier } from '../evidence/guest-pass.ts'
import { buildPassVerifier } from '../evidence/guest-pass.ts'
import type { LinkKeys } from '../evidence/link-keys.ts'
import { buildLinkKeys } from '../evidence/link-keys.ts'
import type { Target } from '../evidence/target.ts'
import { addressOf, nameRefusal, parseTarget } from '../evidence/target.ts'
import type { CachedVerifier } from '../evidence/verdict-cache.ts'
import type { Identity } from '../ltpa/token.ts'
import { buildVerifier } from '../ltpa/verifier.ts'
import { readAliases } from '../photo/known-addresses.ts'
import { ledgerEntryOf } from '../policy/budget.ts'
import type { AliasesOf, Evidence } from '../policy/condition.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'
import type { ExplainedRule } from '../policy/policy.ts'
import { asksFor, decide, explain as explainRules } from '../policy/policy.ts'
import { parseAddress } from '../text/mail-address.ts'
import type { ConfigChoice } from './config-file.ts'
import type { ExplainedAnswer } from './explain-answer.ts'
import { explainAnswer } from './explain-answer.ts'
import type { ExplainedBudget } from './explain-budget.ts'
import { describeBudget, explainBudget } from './explain-budget.ts'
import type { ExplainedPass } from './explain-pass.ts'
import { explainPass, explainPassPage, passCookieOf } from './explain-pass.ts'
import { proofOf, readHeaders } from './explain-request.ts'
import { loadSettings } from './load-settings.ts'
import type { Output } from './output.ts'
import { parsePastedCookies } from './pasted-cookies.ts'

export interface ExplainOptions extends ConfigChoice {
  /** The client's address, without a proxy. */
  client?: string
  /** The connection's address. The gate's code derives the client from it and from `header`. */
  peer?: string
  header?: readonly string[]
  /** Cookies as pairs; `-` is a whole Cookie header on standard input. */
  cookie?: readonly string[]
  /** A guest pass, or the link that brings it. */
  pass?: string
  /** A mail address, or the path and query of a request. */
  photo?: string
  /** Also the rules behind the one that admits. */
  all?: boolean
  /** How many people the client has asked for within the budget's window. */
  spent?: string
  json?: boolean
}

type Explainer = {
  settings: Settings
  readClient: ClientReader
  verifyToken: CachedVerifier | undefined
  linkKeys: LinkKeys | undefined
  verifyPass: PassVerifier | undefined
  aliasesOf: AliasesOf
}

/** The shape of `--json`. Missing values are null. */
export interface Explanation {
  readonly admitted: boolean
  readonly rule: string | null
  readonly client: string | null
  /** The admitted identity, if the rule asked for an LTPA token. */
  readonly identity: Identity | null
  /** The admitted guest pass, if the rule asked for one. */
  readonly pass: ExplainedPass | null
  /** The rules up to the one that admits, or all with `--all`. */
  readonly rules: readonly ExplainedRule[]
  /** Null: no rule admits, or the one that does has no budget. */
  readonly budget: ExplainedBudget | null
  readonly answer: ExplainedAnswer
}

/** @returns 0 when admitted, 1 when turned away, 78 when the configuration has problems. */
export async function explain(
  options: ExplainOptions,
  output: Output,
  input: AsyncIterable<Buffer> = process.stdin,
): Promise<number> {
  const settings = loadSettings(options, output, { needsPhotos: false })
  if (settings === undefined) return exitCodes.config
  const cookie = await readCookies(options.cookie ?? [], input)
  if (options.pass !== undefined) cookie.push(passCookieOf(options.pass))
  const hasPasses = asksFor(settings.policy, 'pass')
  const asked = options.photo === undefined ? undefined : readPhoto(options.photo, hasPasses)
  const target = asked?.target
  const [judge, facts] = factsOf({ ...options, cookie }, settings, asked)
  const { evidence } = readEvidence(judge, facts)
  const decision = decide(settings.policy, evidence)
  const rules = explainRules(settings.policy, evidence)
  const hit = rules.findIndex(({ matched }) => matched)
  const entry = decision.admitted
    ? ledgerEntryOf(decision, { evidence, canaries: settings.canaries })
    : undefined
  const budget = explainBudget(entry, options.spent)
  const explanation: Explanation = {
    admitted: decision.admitted,
    rule: decision.admitted ? decision.rule.name : null,
    client: evidence.client?.text ?? null,
    identity: decision.admitted ? (decision.identity ?? null) : null,
    pass: decision.admitted && decision.pass ? explainPass(decision.pass) : null,
    rules: options.all || hit < 0 ? rules : rules.slice(0, hit + 1),
    budget,
    answer:
      target?.kind === 'pass' && judge.verifyPass !== undefined
        ? explainPassPage(judge.verifyPass, { url: asked?.url ?? '', nowMs: facts.nowMs })
        : await explainAnswer(settings, {
            target,
            isOverBudget: budget?.isOver ?? false,
            refusal: decision.admitted ? undefined : nameRefusal(decision.reason, target),
          }),
  }
  output.print(
    options.json ? JSON.stringify(explanation, null, 2) : describe(explanation, evidence),
  )
  return explanation.admitted ? exitCodes.fine : exitCodes.findings
}

// Every user of the machine can see arguments, so cookies may come from standard input.
async function readCookies(
  cookies: readonly string[],
  input: AsyncIterable<Buffer>,
): Promise<string[]> {
  if (!cookies.includes('-')) return [...cookies]
  const chunks: Buffer[] = []
  for await (const chunk of input) chunks.push(Buffer.from(chunk))
  const pasted = parsePastedCookies(Buffer.concat(chunks))
  if ('problem' in pasted) {
    throw new GateError('GATE_USAGE', `standard input, for --cookie -, ${pasted.problem}`)
  }
  return [...cookies.filter(cookie => cookie !== '-'), pasted.value]
}

function factsOf(
  options: ExplainOptions,
  settings: Settings,
  asked: Asked | undefined,
): [Explainer, RequestFacts] {
  const { client, peer, header = [], cookie = [] } = options
  if ((client === undefined) === (peer === undefined)) {
    throw new GateError('GATE_USAGE', 'name either --client or --peer, one of them')
  }
  if (client !== undefined && header.length > 0) {
    throw new GateError(
      'GATE_USAGE',
      '--header goes with --peer: with --client the client is known',
    )
  }
  const headers = readHeaders(header)
  const sent = [headers.cookie, ...cookie].filter(text => text !== undefined)
  if (sent.length > 0) headers.cookie = sent.join('; ')
  // `--client` asks about a client without a front: it is the peer itself, even if `proxies` has its address.
  const proxies = client === undefined ? settings.proxies : undefined
  const readClient = buildClientReader({ ...settings, proxies })
  const proof = peer === undefined ? undefined : proofOf(peer, settings)
  const address =
    proof === undefined
      ? mustParse(client ?? peer ?? '', client === undefined ? '--peer' : '--client')
      : undefined
  const facts = {
    peer: address,
    proof,
    headers,
    nowMs: Date.now(),
    photo: asked && addressOf(asked.target),
    url: asked?.url,
  }
  const verify = settings.ltpa && buildVerifier(settings.ltpa)
  const verifyToken: CachedVerifier | undefined =
    verify && ((kind, text, context) => verify(kind, text, context.nowMs))
  const aliasesOf = readAliases(settings.photos.directory)
  const linkKeys = settings.links && buildLinkKeys(settings.links.secrets)
  const hasPasses = asksFor(settings.policy, 'pass')
  const verifyPass = linkKeys && hasPasses ? buildPassVerifier(linkKeys) : undefined
  return [{ settings, readClient, verifyToken, linkKeys, verifyPass, aliasesOf }, facts]
}

interface Asked {
  readonly target: Target
  /** The request-target; undefined for a mail address. */
  readonly url?: string
}

// A mail address, a path, or a copied URL.
function readPhoto(text: string, hasPasses: boolean): Asked {
  const path = text.replace(/^https?:\/\/[^/?#]*(?=\/)/i, '').replace(/#.*$/, '')
  if (path.startsWith('/')) return { target: parseTarget(path, hasPasses), url: path }
  const address = parseAddress(text.replace(/\.jpg$/i, ''))
  if (address !== undefined) return { target: { kind: 'photo', address } }
  throw new GateError(
    'GATE_USAGE',
    `--photo "${text}" is not a mail address; write one like joe@acme.example, or the path of a request`,
  )
}

function mustParse(text: string, option: string): NetworkAddress {
  const address = parseNetworkAddress(text)
  if (address === undefined) {
    throw new GateError(
      'GATE_USAGE',
      `${option} "${text}" is not an address; write one like 192.0.2.7 or 2001:db8::7`,
    )
  }
  return address
}

function describe(explanation: Explanation, evidence: Evidence): string {
  const { admitted, rule, client, rules, budget, answer } = explanation
  const lines = [
    `client  ${client ?? `none: ${evidence.clientDoubt?.text}`}`,
    `photo   ${evidence.photo ?? 'none'}`,
    ...(evidence.cookieDoubt === undefined ? [] : [`cookies ${evidence.cookieDoubt.text}`]),
    '',
  ]
  for (const { name, matched, conditions } of rules) {
    lines.push(`${matched ? 'hit ' : 'miss'}  ${name}`)
    for (const { kind, matched: isMatch, detail } of conditions) {
      lines.push(`      ${isMatch ? '+' : '-'} ${kind.padEnd(6)}  ${detail}`)
    }
  }
  const fate =
    answer.location === null ? `answered ${answer.status}` : `redirected to ${answer.location}`
  lines.push('', admitted ? `admitted by rule ${rule}` : `turned away: ${fate}`)
  if (budget !== null) lines.push(`budget  ${describeBudget(budget)}`)
  const doubt = admitted && answer.photoExists === null ? ', if there is such a photo' : ''
  lines.push(`answer  ${answer.status} (${answer.reason})${doubt}`, `file    ${answer.detail}`)
  return lines.join('\n')
}
