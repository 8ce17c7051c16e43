// Formats a conversion for the administrator: what was carried over and proved, what Apache admits by accident, what
// is left to do.

import { formatPlace } from './config-text.ts'
import type { Accident, Conversion } from './conversion.ts'

const kindTexts: Record<Accident['kind'], string> = {
  'name-suffix': 'admits any cookie whose name ends like this',
  'empty-value': 'admits the cookie without a value',
  'other-value': 'admits any value that begins like this',
  'inside-a-value': 'admits any cookie whose value contains this text',
  'missing-start': 'has no ^ and admits other addresses that end like this',
  'missing-end': 'has no $ and admits other addresses that begin like this',
  'unescaped-dot': 'has a . without \\, which matches any character',
  ipv6: 'admits IPv6 addresses that contain it',
  'spoofed-header': 'admits any client that sends the header itself',
}

export function formatReport(conversion: Conversion): string {
  const { networks, rules, accidents, leftovers, passedOver, remarks } = conversion
  const sections = [
    ['Carried over', [...networks.map(describeNetwork), ...cookieLines(conversion)]],
    ['Proved', networks.length === 0 ? [] : [proofText(networks)]],
    [
      'Admitted by accident until now; the new rules turn these away',
      accidents.filter(({ isKept }) => !isKept).map(describeAccident),
    ],
    [
      'Admitted by accident, and still admitted: networks are carried over exactly; correct them if you agree',
      accidents.filter(({ isKept }) => isKept).map(describeAccident),
    ],
    [
      'Not carried over; check each line',
      leftovers.map(({ message, ...place }) => `${formatPlace(place)}:${place.column} ${message}`),
    ],
    [
      'Left out because it does not concern photos; nothing to do',
      passedOver.map(({ message, ...place }) => `${formatPlace(place)}:${place.column} ${message}`),
    ],
    [
      'Remarks on the text of httpd.conf',
      remarks.map(({ message, ...place }) => `${formatPlace(place)}:${place.column} ${message}`),
    ],
  ] as const
  const text = sections
    .filter(([, lines]) => lines.length > 0)
    .map(([title, lines]) => `${title}\n${lines.map(line => `  ${line}\n`).join('')}`)
    .join('\n')
  return rules.length === 0 ? `${text}\nThe new configuration admits nobody.\n` : text
}

const ipv6Texts = { none: '', some: 'some IPv6 addresses', all: 'all IPv6 addresses' }

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
  const counted =
    addresses === 1 ? '1 IPv4 address' : `${addresses.toLocaleString('en')} IPv4 addresses`
  const families = [addresses === 0 ? '' : counted, ipv6Texts[ipv6]].filter(each => each !== '')
  return `${formatPlace(place)} ${text} becomes network ${name}: ${shown} (${families.join(' and ')})`
}

function cookieLines({ rules }: Conversion): string[] {
  return rules.flatMap(({ cookie }) =>
    cookie === undefined
      ? []
      : [
          `${formatPlace(cookie.place)} ${cookie.text} becomes cookie ${cookie.patterns.join(' or ')}`,
        ],
  )
}

function proofText(networks: Conversion['networks']): string {
  const count = networks.length
  const speaksOf6 =
    networks.some(({ ipv6 }) => ipv6 !== 'none') && networks.every(({ isExact6 }) => isExact6)
  const family = speaksOf6 ? ' and all IPv6 addresses' : ' addresses'
  const subject = count === 1 ? 'the network contains' : `each of the ${count} networks contains`
  return `Checked for all 4,294,967,296 IPv4${family}: ${subject} exactly the addresses that its line admits, in the shortest list of blocks.`
}

function describeAccident({ place, text, kind, request, advice }: Accident): string {
  const example = 'header' in request ? request.header : `a request from ${request.from}`
  // Only these two give the corrected expression alone.
  const isExpression = kind === 'missing-start' || kind === 'missing-end'
  const advised = advice === undefined ? '' : `; ${isExpression ? 'write ' : ''}${advice}`
  return `${formatPlace(place)} ${text} ${kindTexts[kind]}, such as ${example}${advised}`
}
