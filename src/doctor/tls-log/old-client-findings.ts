// Programs that speak less than TLS 1.2: since when, how often, and who would be shut out.
import { printable } from '../../text/printable.ts'
import type { Diagnosis, Finding } from '../finding.ts'
import { cureOf } from './old-client-cure.ts'
import type { OldProgram, TlsCensus } from './tls-census.ts'
import type { TlsVersion } from './tls-version.ts'
import { tlsVersions } from './tls-version.ts'
import { msPerDay } from './usage.ts'
import {
  countClients,
  counted,
  describeClients,
  describePeriod,
  describePurposes,
  describeTrend,
  minute,
  number,
  topClients,
} from './usage-words.ts'

const maxPrograms = 20

type OldRow = OldProgram & { readonly key: string }

export function findOldClients(census: TlsCensus): Pick<Diagnosis, 'findings' | 'fine'> {
  const { rows, otherRequests } = census.old.top(maxPrograms)
  const modern = new Map(
    census.modern.top(Number.POSITIVE_INFINITY).rows.map(row => [row.key, row]),
  )
  const mended = rows.filter(row => isMended(row, census, modern))
  const others = otherRequests > 0 ? [findingOfOthers(otherRequests)] : []
  return {
    findings: [
      ...rows.filter(row => !mended.includes(row)).map(row => findingOf(row, census, modern)),
      ...others,
    ],
    fine: mended.map(
      row =>
        `${nameOf(row)} spoke ${describeVersions(row)} until ${minute(row.lastMs ?? 0)} UTC; each of its ${counted(row.clients.size, 'client')} has come with TLS 1.2 or newer since.`,
    ),
  }
}

type Modern = ReadonlyMap<string, { readonly clients: OldProgram['clients'] }>

// Every client is known, and has come again with the same program and a better version.
function isMended(row: OldRow, { lastMs }: TlsCensus, modern: Modern): boolean {
  const since = modern.get(row.key)?.clients
  if (since === undefined || row.uncountedRequests > 0 || row.lastMs === undefined) return false
  const isOver = lastMs - row.lastMs >= msPerDay
  const times = [...row.clients].map(([client, old]) => [
    old.lastMs,
    since.get(client)?.lastMs ?? 0,
  ])
  return isOver && times.every(([old = 0, now = 0]) => now > old)
}

function findingOf(row: OldRow, census: TlsCensus, modern: Modern): Finding {
  const { firstMs, lastMs, clients, requests } = row
  const seen = [
    `${nameOf(row)} spoke ${describeVersions(row)}: ${counted(requests, 'request')} of ${countClients(row)}, ${describePeriod(firstMs, lastMs)}.`,
    `URLs: ${describePurposes(row)}.`,
    ...(clients.size > 0 ? [`Clients: ${describeClients(row)}.`] : []),
    describeTrend(row, census.days),
    ...describeBetter(row, modern),
  ]
  return {
    code: 'tls-old-client',
    effect: 'will-break',
    place: row.place,
    seen: seen.join('\n'),
    why: whyOf(row),
    cure: cureOf(row),
  }
}

function nameOf({ program, application, isNameLogged }: OldProgram): string {
  if (program !== undefined) return printable(program)
  return isNameLogged
    ? `A program without a name that asks ${application}`
    : `A program that asks ${application} (the log has no User-Agent)`
}

function describeVersions({ versions, requests }: OldProgram): string {
  const spoken = tlsVersions.filter(version => versions.has(version))
  const texts = spoken.map(version => {
    const count = versions.get(version) ?? 0
    return count === requests ? version : `${version} (${number(count)})`
  })
  return texts.join(' and ')
}

// What an administrator would otherwise have to guess: whether the machine or the program is too old.
function describeBetter(row: OldRow, modern: Modern): string[] {
  const top = topClients(row.clients, 20).map(({ client }) => client)
  const same = [...row.clients.keys()].filter(client => modern.get(row.key)?.clients.has(client))
  const others = [...modern]
    .filter(([key, { clients }]) => key !== row.key && top.some(client => clients.has(client)))
    .map(([key]) => printable(key.replace(/^\((.*)\)$/, 'requests to $1')))
  return [
    ...(same.length > 0
      ? [
          `${number(same.length)} of these clients also came with TLS 1.2 or newer by the same program.`,
        ]
      : []),
    ...(others.length > 0
      ? [`The same clients use TLS 1.2 or newer for ${others.slice(0, 4).join(', ')}.`]
      : []),
  ]
}

function whyOf({ versions }: OldProgram): string {
  const upTo10: readonly TlsVersion[] = ['SSL 2', 'SSL 3', 'TLS 1.0']
  const attack = 'RFC 8996 forbids these versions, because attackers can read what they carry.'
  const shut =
    'the server refuses the handshake, so no request is logged, and the program shows an error or nothing.'
  if (!upTo10.some(version => versions.has(version))) {
    return `Nothing changes for it if TLS 1.0 is off tomorrow. If TLS 1.1 is off too, ${shut} ${attack}`
  }
  return `If TLS 1.0 were off tomorrow, this would break: ${shut} ${attack}`
}

function findingOfOthers(requests: number): Finding {
  return {
    code: 'tls-old-client',
    effect: 'will-break',
    seen: `Programs that are not listed spoke less than TLS 1.2 in ${counted(requests, 'request')}; only the ${maxPrograms} with the most requests are listed.`,
    why: 'Some of them would break too if the old versions were off; others may be scanners with made-up names.',
    cure: ['Mend the listed programs, and run photogate doctor tls on a newer log.'],
  }
}
