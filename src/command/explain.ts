// `photogate explain`: what the gate would decide about a request, and why. The options of the request in, its explanation
// (explain/explanation.ts) out.
import type { Settings } from '../config/settings.ts'
import { exitCodes, GateError } from '../error.ts'
import type { AskedPhoto } from '../explain/asked-photo.ts'
import { parseAskedPhoto } from '../explain/asked-photo.ts'
import { describeBudget } from '../explain/budget.ts'
import type { AskedRequest, Explained } from '../explain/explanation.ts'
import { explainRequest } from '../explain/explanation.ts'
import { passCookieOf } from '../explain/pass.ts'
import { buildExplainReaders } from '../explain/readers.ts'
import { readAliases } from '../photo/known-addresses.ts'
import { lookUpPhoto } from '../photo/photo-lookup.ts'
import type { NetworkAddress } from '../policy/network-address.ts'
import { parseNetworkAddress } from '../policy/network-address.ts'
import type { ExplainedRule } from '../policy/policy.ts'
import { asksFor } from '../policy/policy.ts'
import type { StyledText } from '../text/styled.ts'
import { joinStyled, styled } from '../text/styled.ts'
import type { ConfigChoice } from './config-file.ts'
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

/** @returns 0 when admitted, 1 when turned away, 78 when the configuration has problems. */
export async function explain(
  options: ExplainOptions,
  output: Output,
  input: AsyncIterable<Buffer> = process.stdin,
): Promise<number> {
  const settings = loadSettings(options, output, { needsPhotos: false })
  if (settings === undefined) return exitCodes.config
  const cookie = await readCookies(options.cookie ?? [], input)
  if (options.pass !== undefined) cookie.push(mustBePass(options.pass))
  const request = requestOf({ ...options, cookie }, settings)
  const { directory } = settings.photos
  const readers = buildExplainReaders(settings, {
    aliasesOf: readAliases(directory),
    lookUp: address => lookUpPhoto(directory, address),
    isDirect: options.client !== undefined,
  })
  const explained = await explainRequest(readers, request)
  const { explanation } = explained
  output.print(options.json ? JSON.stringify(explanation, null, 2) : describe(explained))
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

function requestOf(options: ExplainOptions, settings: Settings): AskedRequest {
  const { client, peer, header = [], cookie = [] } = options
  const asked = options.photo === undefined ? undefined : mustBePhoto(options.photo, settings)
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
  const proof = peer === undefined ? undefined : proofOf(peer, settings)
  const address =
    proof === undefined
      ? mustParse(client ?? peer ?? '', client === undefined ? '--peer' : '--client')
      : undefined
  const spent = options.spent === undefined ? null : readSpent(options.spent)
  return {
    ...{ peer: address, proof, headers, nowMs: Date.now() },
    ...{ asked, spent, hasAll: options.all ?? false },
  }
}

function mustBePass(text: string): string {
  const found = passCookieOf(text)
  if ('cookie' in found) return found.cookie
  throw new GateError('GATE_USAGE', `--pass ${found.problem}`)
}

function mustBePhoto(text: string, { policy }: Settings): AskedPhoto {
  const asked = parseAskedPhoto(text, asksFor(policy, 'pass'))
  if ('target' in asked) return asked
  throw new GateError('GATE_USAGE', `--photo "${text}" ${asked.problem}`)
}

function readSpent(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new GateError(
    'GATE_USAGE',
    `--spent "${text}" is not a number of people; write one like 40`,
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

function describe({ explanation, evidence }: Explained): StyledText {
  const { admitted, rule, client, rules, budget, answer } = explanation
  const head: StyledText[] = [
    labelled('client', client ?? styled(`none: ${evidence.clientDoubt?.text}`, 'bad')),
    labelled('photo', evidence.photo ?? 'none'),
    ...(evidence.cookieDoubt === undefined
      ? []
      : [labelled('cookies', styled(evidence.cookieDoubt.text, 'bad'))]),
    [],
  ]
  const fate =
    answer.location === null ? `answered ${answer.status}` : `redirected to ${answer.location}`
  const verdict = admitted
    ? styled(`admitted by rule ${rule}`, 'good')
    : styled(`turned away: ${fate}`, 'bad')
  const doubt = admitted && answer.photoExists === null ? ', if there is such a photo' : ''
  const status = styled(
    `${answer.status} (${answer.reason})`,
    answer.status < 400 ? undefined : 'doubt',
  )
  const lines: StyledText[] = [
    ...head,
    ...rules.flatMap(describeRule),
    [],
    [verdict],
    ...(budget === null
      ? []
      : [labelled('budget', styled(describeBudget(budget), budget.isOver ? 'doubt' : undefined))]),
    [...labelled('answer', status), doubt],
    labelled('file', answer.detail),
  ]
  return joinStyled(lines, '\n')
}

function labelled(label: string, text: StyledText[number]): StyledText {
  return [styled(label.padEnd(7), 'faint'), ' ', text]
}

function describeRule({ name, matched, conditions }: ExplainedRule): StyledText[] {
  const mark = matched ? styled('hit ', 'good') : styled('miss', 'faint')
  const lines = conditions.map(({ kind, matched: isMatch, detail }): StyledText => {
    const sign = isMatch ? styled('+', 'good') : styled('-', 'bad')
    return ['      ', sign, ` ${kind.padEnd(6)}  ${detail}`]
  })
  return [[mark, '  ', styled(name, matched ? 'strong' : undefined)], ...lines]
}
