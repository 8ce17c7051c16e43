// Whether a client can claim another address: in a header, in several, under an alias, or by making the front drop its own
// header. What is claimed are addresses of documentation (RFC 5737), which no client has.
import { headerNames } from '../../snippet/front.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { isForAdmitted, kindOf } from './front-answer.ts'
import { snippetCure, stepFor } from './front-cure.ts'
import type { FrontHeaders } from './front-request.ts'
import type { AskedFront, Probe } from './probe.ts'
import type { ProbeLine } from './probe-log.ts'

interface Claim {
  readonly kind: 'header' | 'alias' | 'dropped'
  readonly headers: FrontHeaders
  readonly isHttp2?: boolean
}

/** By the address that each of them claims. */
function claimsOf(address: (at: number) => string): Record<string, string> {
  return {
    'X-Real-IP': address(11),
    Forwarded: `for=${address(12)}`,
    $WSRA: address(13),
    'True-Client-IP': address(14),
    'X-Client-IP': address(15),
    'X-Cluster-Client-IP': address(16),
    'CF-Connecting-IP': address(17),
    'Client-IP': address(18),
  }
}

function claims(own: string, address: (at: number) => string): Claim[] {
  const forwarded = address(1)
  const own1 = own === 'Forwarded' ? `for=${forwarded}` : forwarded
  return [
    { kind: 'header', headers: { 'X-Forwarded-For': forwarded } },
    { kind: 'header', headers: { 'X-Forwarded-For': `${address(2)}, ${address(3)}` } },
    { kind: 'header', headers: { 'X-Forwarded-For': [address(4), address(5)] } },
    { kind: 'header', headers: claimsOf(address) },
    { kind: 'header', headers: { 'X-Forwarded-For': address(6) }, isHttp2: true },
    { kind: 'alias', headers: { X_Forwarded_For: address(21), X_Real_IP: address(22) } },
    { kind: 'dropped', headers: { Connection: `close, ${own}` } },
    { kind: 'dropped', headers: { Connection: `close, ${own}`, [own]: own1 } },
  ]
}

const documented = (at: number) => `192.0.2.${at}`

/** By the log: `before` is the gate's line about a request that claims nothing. */
export async function checkForging(probe: Probe, before: ProbeLine): Promise<Diagnosis> {
  const own = headerNames[probe.setup.settings.clientHeader]
  const judged = await Promise.all(
    claims(own, documented).map(async claim => {
      const asked = await askClaiming(probe, claim)
      return { claim, asked, line: asked && (await probe.findLine(asked)) }
    }),
  )
  const believed = judged.filter(({ line }) => line?.client?.startsWith('192.0.2.'))
  const seen = (kind: Claim['kind']) => believed.filter(({ claim }) => claim.kind === kind)
  const isNameless = (line: ProbeLine | undefined) =>
    line !== undefined && line.client === null && before.client !== null
  const becomesFront = (line: ProbeLine | undefined) =>
    line !== undefined &&
    line.client !== null &&
    line.client === line.peer &&
    before.client !== before.peer
  const dropped = judged.filter(({ claim }) => claim.kind === 'dropped').map(({ line }) => line)
  const disturbed = judged.filter(({ claim, line }) => claim.kind !== 'dropped' && isNameless(line))
  const findings = [
    ...(seen('header').length > 0 ? [forged(probe, seen('header'))] : []),
    ...(seen('alias').length > 0 ? [aliased(seen('alias'))] : []),
    ...(dropped.some(becomesFront)
      ? [droppedHeader(own, true)]
      : dropped.some(isNameless)
        ? [droppedHeader(own, false)]
        : []),
    ...(disturbed.length > 0 && believed.length === 0 ? [passedOn(disturbed[0]?.claim)] : []),
  ]
  const lost = judged.filter(({ asked, line }) => asked !== undefined && line === undefined).length
  const unknown =
    findings.length === 0 && lost > 0
      ? [
          `Whether a client can forge its address: ${lost} of ${judged.length} tries have left no line in the log, ${probe.shared.limited > 0 ? 'and the front limits requests' : 'so a cache, another gate or something else before this gate has answered them'}.`,
        ]
      : []
  const isFine = findings.length === 0 && lost === 0
  const fine = isFine
    ? [
        `No client can forge its address: X-Forwarded-For once, twice and as a list, ten other headers and spellings, and Connection: ${own} change nothing.`,
      ]
    : []
  return { findings, fine, unknown }
}

function askClaiming(probe: Probe, { headers, isHttp2 }: Claim): Promise<AskedFront | undefined> {
  const path = probe.nobody()
  return isHttp2 ? probe.askHttp2(path, headers) : probe.ask(path, { headers })
}

/** Without the log: whether an address that a rule admits is enough to get in. Says nothing when it is not. */
export async function checkForgingBlindly(probe: Probe, before: AskedFront): Promise<Diagnosis> {
  const { policy, otherwise, clientHeader } = probe.setup.settings
  const unknown = ['Whether a client can forge its address: that stands in the log of the gate.']
  const rule = policy.rules.find(
    ({ conditions }) => conditions.length === 1 && conditions[0]?.kind === 'from',
  )
  const address = rule?.conditions[0]?.networks?.ranges()[0]?.first.text
  const isIn = ({ answer }: AskedFront) =>
    answer !== undefined && isForAdmitted(kindOf(answer, otherwise))
  if (address === undefined || isIn(before)) return { findings: [], fine: [], unknown }
  const rows = claims(headerNames[clientHeader], () => address)
  const judged = await Promise.all(
    rows.map(async claim => ({ claim, asked: await askClaiming(probe, claim) })),
  )
  const let_in = judged.filter(({ asked }) => asked !== undefined && isIn(asked))
  const headers = let_in.filter(({ claim }) => claim.kind !== 'alias')
  const aliases = let_in.filter(({ claim }) => claim.kind === 'alias')
  const findings = [
    ...(headers.length > 0 ? [forged(probe, headers)] : []),
    ...(aliases.length > 0 ? [aliased(aliases)] : []),
  ]
  return { findings, fine: [], unknown: findings.length === 0 ? unknown : [] }
}

interface Believed {
  readonly claim: Claim
  readonly line?: ProbeLine | undefined
}

function namesOf(believed: readonly Believed[]): string {
  const names = believed.flatMap(({ claim, line }) => {
    const { Connection: _, ...headers } = claim.headers
    const all = Object.entries(headers)
    const client = line?.client
    const exact = all.filter(([, value]) => client && [value].flat().some(v => endsIn(v, client)))
    return (exact.length > 0 ? exact : all).map(([name]) => name)
  })
  return [...new Set(names)].join(', ')
}

function endsIn(value: string, client: string): boolean {
  return value.split(/[ ,=]+/).includes(client)
}

function forged({ setup }: Probe, believed: readonly Believed[]): Finding {
  const { clientHeader, proxies } = setup.settings
  const claimed = believed[0]?.line?.client
  return {
    code: 'front-forged-header',
    effect: 'opens',
    seen: `A client that sends ${namesOf(believed)} of its own is taken for ${claimed ?? 'an address that a rule admits'}.`,
    why: 'Whoever knows one address of an admitted network gets all photos from anywhere.',
    cure: [
      `Let the front write ${headerNames[clientHeader]} anew in each request, and remove it and its look-alikes as the client sent them: photogate snippets prints the lines.`,
      ...(proxies !== undefined && clientHeader !== 'x-real-ip'
        ? ['Name only fronts in proxies: a client whose address is in it is believed like one.']
        : []),
      'Ask again with photogate doctor.',
    ],
  }
}

function aliased(believed: readonly Believed[]): Finding {
  return {
    code: 'front-alias-header',
    effect: 'opens',
    seen: `A client that sends ${namesOf(believed)}, with underscores, is taken for the address in it.`,
    why: 'A server on the way takes the underscores for hyphens: the header passes the first front as unknown and counts behind it.',
    cure: [
      stepFor('Let each server on the way drop such names.', {
        nginx: 'ignore_invalid_headers on; underscores_in_headers off;',
        apache: 'RequestHeader unset X_Forwarded_For early',
        caddy: 'header_up -*_*',
      }),
      ...snippetCure,
    ],
  }
}

function droppedHeader(own: string, isFront: boolean): Finding {
  return {
    code: 'front-header-dropped',
    effect: isFront ? 'opens' : 'weakens',
    seen: `With Connection: close, ${own} from the client, the front's own ${own} ${isFront ? 'is gone, and the gate takes the front for the client' : 'does not count at the gate'} (CVE-2022-31813).`,
    why: isFront
      ? 'A client gets the rights of the front, which is often in an admitted network.'
      : 'The gate turns such a client away, so nobody gets in. Another server behind this front may take the front for the client.',
    cure: [
      stepFor("Do not pass the client's Connection header on.", {
        nginx: 'proxy_set_header Connection "";',
        apache: 'RequestHeader edit Connection "(?i)^.*(forwarded|real.ip|wsra).*$" close early',
      }),
      ...snippetCure,
    ],
  }
}

function passedOn(claim: Claim | undefined): Finding {
  const [first, ...more] = Object.keys(claim?.headers ?? {})
  const names = more.length === 0 ? first : `${first} and ${more.length} other headers`
  return {
    code: 'front-header-passed-on',
    effect: 'weakens',
    seen: `A client that sends ${names} of its own makes the gate lose the client: the front passes the text on.`,
    why: 'The gate refuses what it cannot read for certain, so nobody gets in; but the header that it believes is partly written by clients.',
    cure: snippetCure,
  }
}
