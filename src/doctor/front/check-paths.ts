// Whether names reach the gate as they were sent: the signs @ + ' and %, plain and encoded, in paths and queries.
import type { Diagnosis, Finding } from '../finding.ts'
import { describeReply, isOfGate, kindOf } from './front-answer.ts'
import { snippetCure, stepFor } from './front-cure.ts'
import type { AskedFront, Probe } from './probe.ts'
import { isLimited, nobodysDomain } from './probe.ts'

interface Row {
  /** What is in the name, for the sentence. */
  readonly sign: string
  readonly path: string
  /** The address that the gate must read. Undefined: it must refuse the name, which is encoded twice. */
  readonly address: string | undefined
}

function rowsOf(nonce: string): Row[] {
  const at = `@${nobodysDomain}`
  const plus = `${nonce}+a${at}`
  const quote = `${nonce}'a${at}`
  const plain = `${nonce}.a${at}`
  const photo = (name: string) => `/${name}.jpg`
  return [
    { sign: '@', path: photo(plain), address: plain },
    { sign: '%40', path: photo(plain.replace('@', '%40')), address: plain },
    { sign: '+', path: photo(plus), address: plus },
    { sign: '%2B', path: photo(plus.replace('+', '%2B')), address: plus },
    { sign: '%2b', path: photo(plus.replace('+', '%2b').replace('@', '%40')), address: plus },
    { sign: "'", path: photo(quote), address: quote },
    { sign: '%27', path: photo(quote.replace("'", '%27')), address: quote },
    { sign: '%2540', path: photo(plain.replace('@', '%2540')), address: undefined },
    { sign: '+ in ?email=', path: `/photo?email=${plus}`, address: plus },
    {
      sign: '%2B in ?email=',
      path: `/photo?email=${plus.replace('+', '%2B').replace('@', '%40')}`,
      address: plus,
    },
    {
      sign: '%27 in ?email=',
      path: `/photo?email=${quote.replace("'", '%27')}&lastMod=1`,
      address: quote,
    },
  ]
}

interface Changed {
  readonly row: Row
  /** What the gate has read, or what the front has answered. */
  readonly seen: string
}

type PathOutcome = 'same' | 'unknown' | { readonly seen: string }

export async function checkPaths(probe: Probe): Promise<Diagnosis> {
  const judged = await Promise.all(
    rowsOf(probe.setup.nonce).map(async row => {
      const asked = await probe.ask(row.path)
      const outcome = probe.hasLog
        ? await findOutcome(probe, row, asked)
        : guessOutcome(probe, row, asked)
      return { row, outcome }
    }),
  )
  const known = judged.filter(({ outcome }) => outcome !== 'unknown')
  const changes = known.flatMap(({ row, outcome }) =>
    typeof outcome === 'string' ? [] : [{ row, ...outcome }],
  )
  const names = changes.filter(({ row }) => row.address !== undefined)
  const isTwice = changes.length > names.length
  const findings = [
    ...(names.length > 0 ? [changed(names)] : []),
    ...(isTwice ? [decodedTwice] : []),
  ]
  const fine = ["Names reach the gate as they are sent, with @ + ' and %, plain and encoded."]
  const unknown = [
    probe.shared.limited > 0
      ? "Whether the signs @ + ' and % reach the gate: the front limits requests."
      : probe.hasLog
        ? "Whether the signs @ + ' and % reach the gate: a cache or another gate has answered in its place."
        : "Whether the signs @ + ' and % reach the gate: that stands in its log.",
  ]
  if (known.length < judged.length) return { findings, fine: [], unknown }
  return { findings, fine: findings.length === 0 ? fine : [], unknown: [] }
}

async function findOutcome(
  probe: Probe,
  { address }: Row,
  asked: AskedFront,
): Promise<PathOutcome> {
  if (isLimited(asked)) return 'unknown'
  const line = await probe.findLine(asked)
  // The front may refuse what is encoded twice: the gate does, too.
  if (line === undefined) {
    if (address === undefined) return 'same'
    const isCached = asked.answer && isOfGate(asked.answer, probe.setup.settings.otherwise)
    return isCached ? 'unknown' : { seen: `the front gives ${describeReply(asked.reply)}` }
  }
  if (line.address === (address ?? null)) return 'same'
  return { seen: `the gate reads ${line.address ?? line.path ?? 'no address'}` }
}

// For somebody who is admitted, the gate answers 400 to what is encoded twice, and to no other of these names.
function guessOutcome({ setup }: Probe, { address }: Row, asked: AskedFront): PathOutcome {
  const kind = asked.answer && kindOf(asked.answer, setup.settings.otherwise)
  if (kind !== 'bad-encoding') return 'unknown'
  return address === undefined ? 'same' : { seen: `the answer is ${describeReply(asked.reply)}` }
}

function changed(changes: readonly Changed[]): Finding {
  const shown = changes.slice(0, 4).map(({ row, seen }) => `${row.sign}: ${seen}`)
  const more = changes.length > 4 ? `; and ${changes.length - 4} more` : ''
  return {
    code: 'front-path-changed',
    effect: 'breaks',
    seen: `Names do not reach the gate as they are sent. ${shown.join('; ')}${more}.`,
    why: 'People whose address has such a sign have no photo for anybody.',
    cure: [
      stepFor('Pass the path on as it came, without a rule that rewrites it.', {
        nginx: 'proxy_pass http://photogate;    (no path behind the name, no rewrite)',
        apache: 'ProxyPass / http://127.0.0.1:8080/ nocanon    (no RewriteRule)',
        caddy: 'reverse_proxy 127.0.0.1:8080    (no uri, no rewrite)',
      }),
      ...snippetCure,
    ],
  }
}

const decodedTwice: Finding = {
  code: 'front-decodes-twice',
  effect: 'weakens',
  seen: 'The name with %2540 reaches the gate as %40: the front decodes it, and the gate once more.',
  why: 'Rules of the front that look at paths see another name than the gate: an attacker writes a name twice encoded to pass them.',
  cure: [
    stepFor('Pass the path on as it came.', {
      nginx: 'proxy_pass http://photogate;    (without $uri)',
      apache: 'ProxyPass / http://127.0.0.1:8080/ nocanon    (no RewriteRule with [P])',
      caddy: 'reverse_proxy 127.0.0.1:8080    (no rewrite)',
    }),
    ...snippetCure,
  ],
}
