// A conversion in words: what was carried over and proved, what was admitted by accident, what is left to do.

import { formatPlace } from './config-text.ts'
import type { Accident, Conversion } from './conversion.ts'

const kindTexts: Record<Accident['kind'], string> = {
  'name-suffix': 'any cookie whose name ends so',
  'empty-value': 'the cookie without a value',
  'other-value': 'any value that begins so',
  'inside-a-value': 'any cookie with such a text in its value',
  'missing-start': 'no ^: other addresses end so',
  'missing-end': 'no $: other addresses begin so',
  'unescaped-dot': 'a . without \\ is any character',
  ipv6: 'addresses of IPv6 in which it is found',
  'spoofed-header': 'anybody who sends the header himself',
}

export function formatReport(conversion: Conversion): string {
  const { networks, rules, accidents, leftovers, passedOver, remarks } = conversion
  const sections = [
    ['Carried over', [...networks.map(describeNetwork), ...cookieLines(conversion)]],
    ['Proved', networks.length === 0 ? [] : [proofText(networks)]],
    [
      'Admitted by accident until now, and no more',
      accidents.filter(({ isKept }) => !isKept).map(describeAccident),
    ],
    [
      'Admitted by accident, and still: the networks are carried over exactly; correct them if you agree',
      accidents.filter(({ isKept }) => isKept).map(describeAccident),
    ],
    [
      'Not carried over; see to each',
      leftovers.map(({ message, ...place }) => `${formatPlace(place)}:${place.column} ${message}`),
    ],
    [
      'About something else than photos, and left out; nothing to see to',
      passedOver.map(({ message, ...place }) => `${formatPlace(place)}:${place.column} ${message}`),
    ],
    [
      'About the text',
      remarks.map(({ message, ...place }) => `${formatPlace(place)}:${place.column} ${message}`),
    ],
  ] as const
  const text = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${title}\n${lines.map(line => `  ${line}\n`).join('')}`)
    .join('\n')
  return rules.length === 0 ? `${text}\nNobody is admitted by what could be carried over.\n` : text
}

const ipv6Texts = { none: '', some: ', and IPv6', all: ', and all of IPv6' }

function describeNetwork({
  name,
  blocks,
  addresses,
  ipv6,
  text,
  place,
}: Conversion['networks'][number]): string {
  const shown =
    blocks.length > 4
      ? `${blocks.slice(0, 3).join(', ')} and ${blocks.length - 3} more`
      : blocks.join(', ')
  return `${formatPlace(place)} ${name}: ${shown} (${addresses.toLocaleString('en')} IPv4 addresses${ipv6Texts[ipv6]}) is ${text}`
}

function cookieLines({ rules }: Conversion): string[] {
  return rules.flatMap(({ cookie }) =>
    cookie === undefined
      ? []
      : [
          `${formatPlace(cookie.place)} ${cookie.name}: cookie ${cookie.patterns.join(' or ')} is ${cookie.text}`,
        ],
  )
}

function proofText(networks: Conversion['networks']): string {
  const count = networks.length
  const speaksOf6 =
    networks.some(({ ipv6 }) => ipv6 !== 'none') && networks.every(({ isExact6 }) => isExact6)
  const family = speaksOf6 ? ' and all IPv6 addresses' : ' addresses'
  return `Of all 4,294,967,296 IPv4${family}, ${count === 1 ? 'the network has' : `each of the ${count} networks has`} those that its line admits, and no other; no shorter list of blocks does.`
}

function describeAccident({ place, text, kind, request, advice }: Accident): string {
  const shown = 'header' in request ? request.header : `a request from ${request.from}`
  return `${formatPlace(place)} ${text}: ${kindTexts[kind]}: ${shown}${advice === undefined ? '' : ` (${advice})`}`
}
